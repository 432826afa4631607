import { expect, onTestFinished, test } from 'vitest'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import { oneFault } from '../support/one-fault.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import { sendOrder } from '../support/pesit-samples.ts'

/** What a partner written from the reference alone meets, and whether the flow was taken. */
test.each<[FaultName, Readonly<Record<string, unknown>>, string, number]>([
  ['pesit-refuse-connect', {}, '3/301', 0],
  ['pesit-refuse-connect', { diagnostic: '3/304' }, '3/304', 0],
  ['pesit-unknown-file', {}, '2/205', 0],
  ['pesit-refuse-end', {}, '3/319', 1],
])('%s %o', async (name, values, diagnostic, taken) => {
  const { faults, hits } = oneFault(name, values, 1)
  const reception = await startPesitReception({ faults })
  onTestFinished(() => reception.stop())
  const send = async (): Promise<void> => {
    const partner = await reception.connect()
    onTestFinished(() => partner.link.cut())
    await partner.sendFile(sendOrder())
  }
  await expect(send()).rejects.toMatchObject({ kind: 'refused', diagnostic })
  expect(await reception.flows()).toHaveLength(taken)
  expect(hits).toMatchObject([{ sessionId: expect.stringMatching(/^ses_/) }])
  // Sent again once it is over: the flow counts once.
  await send()
  expect(await reception.flows()).toHaveLength(1)
})
