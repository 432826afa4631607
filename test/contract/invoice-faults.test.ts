import { expect, onTestFinished, test } from 'vitest'
import { FAULTS } from '../../gateway/faults/fault-table.ts'
import { MOTIVES } from '../../processing/motives.ts'
import { oneFault } from '../support/one-fault.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A pipeline on which the next flow's second invoice is refused. */
async function place() {
  const { faults, hits } = oneFault('invoice-error', { invoice: 2, code: 'ERR_FCT_003' }, 1)
  const opened = await openPipelinePlace({ folder: await temporaryFolder(), faults })
  onTestFinished(() => opened.close())
  await opened.pipeline.start()
  return { ...opened, hits }
}

const BATCH = [1, 2, 3].map((number) => ({ number: `F${number}`, supplier: 'FAULTY' }))

test('invoice-error: the invoice asked for is refused with its code, the others are not', async () => {
  const here = await place()
  const id = await here.deposit({ content: BATCH, mode: 'PARTIAL' })
  expect(await here.finished(id)).toMatchObject({
    state: 'IN_INTEGRE_PARTIEL',
    total: 3,
    integrated: 2,
    refused: 1,
  })
  expect(here.hits).toMatchObject([{ flowId: id }])
  const report = await here.report(id)
  expect([...report.matchAll(/IdLigne="(\d+)"/g)].map(([, line]) => line)).toEqual(['2'])
  expect(report).toContain('<CodeErreur>ERR_FCT_003</CodeErreur>')
  const [functional] = await here.journal.read(
    here.journal.db
      .selectFrom('flow_events')
      .select('detail_json')
      .where('flow_id', '=', id)
      .where('stage', '=', 'functional'),
  )
  expect(JSON.parse(functional!.detail_json)).toEqual({ refused: 1, duplicates: 0 })
})

test('invoice-error: in Complete mode the whole flow is refused', async () => {
  const here = await place()
  const id = await here.deposit({ content: BATCH, mode: 'COMPLETE' })
  expect(await here.finished(id)).toMatchObject({ state: 'IN_REJETE', integrated: 0, refused: 1 })
})

test('invoice-error: sent once more the invoice is taken, its number was left free', async () => {
  const here = await place()
  await here.finished(await here.deposit({ content: BATCH, mode: 'PARTIAL' }))
  const again = await here.deposit({ content: BATCH, mode: 'PARTIAL' })
  // The two that were integrated are duplicates now.
  expect(await here.finished(again)).toMatchObject({ integrated: 1, refused: 2 })
})

test('invoice-error: every code that can be asked for is one of ours', () => {
  const { choices } = FAULTS['invoice-error'].parameters.code as {
    readonly choices: readonly string[]
  }
  expect(choices.filter((code) => !Object.hasOwn(MOTIVES, code))).toEqual([])
})
