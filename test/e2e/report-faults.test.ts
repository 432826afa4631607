import { describe, expect, onTestFinished, test } from 'vitest'
import { configSchema } from '../../config/schema.ts'
import { recommendedName } from '../../config/flow-name.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import { startGateway } from '../../gateway/main.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { EXCHANGE_WAYS } from '../support/exchange/exchange-ways.ts'
import type { ExchangeWay } from '../support/exchange/exchange-way.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A partner with its own client, and a gateway that is told of faults as an operator does. */
async function exchange(way: ExchangeWay) {
  const folder = await temporaryFolder()
  const gateway = await startGateway(
    configSchema.parse({
      data: folder,
      sftp: { port: 0 },
      as2: { port: 0, https: false },
      pesit: { port: 0 },
      api: { port: 0 },
      log: { level: 'silent' },
    }),
  )
  onTestFinished(() => gateway.stop())
  const client = ApiClient.ofRun(gateway.run)
  const modes = { FSO1110A: 'COMPLETE' } as const
  const partner = await way.join(gateway, { folder, applicationCode: 'TST001', modes })
  onTestFinished(() => partner.leave())
  let sent = 0
  return {
    client,
    /** Meets the next report only. */
    put: (name: FaultName, values: Readonly<Record<string, number>> = {}) =>
      client.json({ method: 'POST', path: '/faults', body: { name, values, next: 1 } }),
    /** @returns the number of the flow */
    async send() {
      sent += 1
      const number = `F-${sent}`
      const invoice = makeUblInvoice({
        number,
        issueDate: '2026-11-20',
        supplierSiret: '00000000005719',
        recipientSiret: '00000000005734',
      })
      const name = recommendedName('FSO1110A', partner.applicationCode, sent, 'tar.gz')
      await partner.put(name, await archiveBytes([{ name: `${number}.xml`, content: invoice }]))
      const flow = name.split('_')[2]!.slice(0, 25)
      await expect
        .poll(async () => (await client.flow(flow)).finishedAt, { timeout: 30_000 })
        .not.toBeNull()
      return flow
    },
    take: () => partner.take('CSO1110A_'),
    /** The next report, as soon as it is there. */
    async taken() {
      const report: { taken?: Awaited<ReturnType<typeof partner.take>> } = {}
      await expect
        .poll(async () => (report.taken ??= await partner.take('CSO1110A_')), { timeout: 30_000 })
        .toBeDefined()
      return report.taken!
    },
    injected: async (flow: string) =>
      (await client.flow(flow)).timeline
        .filter(({ stage }) => stage === 'fault')
        .map(({ outcome }) => outcome),
  }
}

describe.each(EXCHANGE_WAYS)('reports that misbehave on purpose, over $name', (way) => {
  test.skipIf(!way.isHere)(
    'come twice, never, late, or behind the next one, as it was asked for',
    async () => {
      const here = await exchange(way)

      await here.put('report-duplicate')
      const twice = await here.send()
      const first = await here.taken()
      expect(first.name).toContain(twice)
      expect(await here.taken()).toEqual(first)
      expect(await here.injected(twice)).toEqual(['injected: report-duplicate'])
      await expect
        .poll(async () => (await here.client.flow(twice)).returns, { timeout: 30_000 })
        .toMatchObject([{ state: 'DELIVERED', attempts: 2 }])

      await here.put('report-never')
      const never = await here.send()
      await here.put('report-late', { seconds: 3_600 })
      const late = await here.send()
      await here.put('report-out-of-order', { seconds: 3_600 })
      const behind = await here.send()
      const next = await here.send()
      expect((await here.taken()).name).toContain(next)
      expect((await here.taken()).name).toContain(behind)
      expect(await here.take()).toBeUndefined()
      expect((await here.client.flow(never)).returns).toMatchObject([{ state: 'HELD' }])
      expect((await here.client.flow(late)).returns).toMatchObject([
        { state: 'OFFERED', attempts: 0 },
      ])
      expect(await here.injected(late)).toEqual(['injected: report-late'])
      expect(await here.injected(next)).toEqual([])
    },
  )
})
