import { randomBytes } from 'node:crypto'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import type { FaultContext } from '../../gateway/faults.ts'
import { bytesOf, micOver, OpenSslClient } from '../support/as2-openssl-client.ts'
import { startAs2Reception, type As2Reception } from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { oneFault } from '../support/one-fault.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())
const client = new OpenSslClient(peer)

type Values = Readonly<Record<string, unknown>>

async function receptionWith(
  name: FaultName,
  values: Values = {},
): Promise<{ readonly reception: As2Reception; readonly hits: readonly FaultContext[] }> {
  const { faults, hits } = oneFault(name, values, 1)
  const reception = await startAs2Reception({ peer, faults })
  onTestFinished(() => reception.stop())
  return { reception, hits }
}

const entity = client.payload(flowName(1), randomBytes(5_000))
const message = () => client.encrypt(client.sign(entity))
const MESSAGE_ID = '<fault@partner>'
const SAID = {
  disposition: 'processed',
  isSigned: true,
  mic: micOver(bytesOf(entity)),
  originalMessageId: MESSAGE_ID,
}
const negative = (disposition: string) => ({
  fault: 'mdn-negative' as const,
  values: { disposition },
  says: { ...SAID, disposition },
  taken: 1,
})
/** As its signature shows, the sender is a partner: of other names, for all it is told. */
const stranger = { ...SAID, disposition: 'processed/error: unknown-trading-relationship' }

/** What curl and OpenSSL read in the MDN, and whether the flow was taken. */
const OBSERVED: readonly {
  readonly fault: FaultName
  readonly values?: Values
  readonly says: object
  /** The field that is not as it should be. */
  readonly differs?: keyof typeof SAID
  readonly taken: number
}[] = [
  negative('processed/error: decryption-failed'),
  negative('failed/failure: unsupported MIC-algorithms'),
  negative('processed/warning: duplicate-document'),
  { fault: 'mdn-unsigned', says: { ...SAID, isSigned: false }, taken: 1 },
  { fault: 'mdn-wrong-mic', says: SAID, differs: 'mic', taken: 1 },
  {
    fault: 'mdn-wrong-id',
    says: SAID,
    differs: 'originalMessageId',
    taken: 1,
  },
  { fault: 'certificate-refused', says: stranger, taken: 0 },
  { fault: 'connection-off', says: stranger, taken: 0 },
]

test.each(OBSERVED)('$fault $values', async ({ fault, values, says, differs, taken }) => {
  const { reception, hits } = await receptionWith(fault, values)
  const send = () => client.post(reception, message(), { messageId: MESSAGE_ID })
  const reply = await send()
  expect(reply.status).toBe(200)
  const mdn = client.readMdn(reply)
  const { [differs ?? 'disposition']: wanted, ...others } = { ...SAID, ...says }
  expect(mdn).toMatchObject(others)
  expect(mdn[differs ?? 'disposition'] === wanted).toBe(differs === undefined)
  expect(await reception.flows()).toHaveLength(taken)
  expect(hits).toMatchObject([{ sessionId: expect.stringMatching(/^ses_/) }])
  // Once the fault is over the same message gets its true receipt, and counts once.
  expect(client.readMdn(await send())).toMatchObject(SAID)
  expect(await reception.flows()).toHaveLength(1)
})

test('mdn-bad-signature: OpenSSL does not verify it', async () => {
  const { reception } = await receptionWith('mdn-bad-signature')
  const reply = await client.post(reception, message())
  expect(reply.headers['content-type']).toMatch(/^multipart\/signed/)
  expect(() => client.readMdn(reply)).toThrow(/cms/)
  expect(await reception.flows()).toHaveLength(1)
})

test('mdn-none: 200 and nothing', async () => {
  const { reception } = await receptionWith('mdn-none')
  expect(await client.post(reception, message())).toMatchObject({ status: 200, body: Buffer.of() })
  expect(await reception.flows()).toHaveLength(1)
})

test.each(['500', '503', '403', '429'])('http-error %s: nothing is taken', async (status) => {
  const { reception, hits } = await receptionWith('http-error', { status })
  expect(await client.post(reception, message())).toMatchObject({ status: Number(status) })
  expect(await reception.flows()).toEqual([])
  expect(hits).toMatchObject([{ sessionId: expect.stringMatching(/^ses_/) }])
})

test('a fault on asynchronous receipts leaves the others alone', async () => {
  const { reception } = await receptionWith('mdn-late')
  const reply = await client.post(reception, message(), { messageId: MESSAGE_ID })
  expect(client.readMdn(reply)).toMatchObject(SAID)
})
