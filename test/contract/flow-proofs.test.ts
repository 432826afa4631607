import { createPrivateKey } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import { recommendedName } from '../../config/flow-name.ts'
import type { As2Overrides } from '../../gateway/connections/as2-overrides.ts'
import type { FlowProofs } from '../../gateway/delivery/flow-proofs.ts'
import { createVerifyFlow, type FlowCheck } from '../../gateway/delivery/verify-flow.ts'
import { createFlowProofs } from '../../gateway/start-flow-proofs.ts'
import type { ConnectionId, FlowId, Proof } from '../../gateway/flow.ts'
import { createProtocolMemory } from '../../gateway/protocol-memory.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import { octetsOf } from '../../protocols/as2/octets.ts'
import { proofOf, sendMessage } from '../../protocols/as2/sender.ts'
import { DEFAULT_SENDING, type SendingPolicy } from '../../protocols/as2/sending-policy.ts'
import { receiptKey } from '../../protocols/as2/stored-receipt.ts'
import {
  GATEWAY_ID,
  GATEWAY_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  startAs2Reception,
  type As2Reception,
} from '../support/as2-reception.ts'
import { insertCertificate } from '../support/connection-rows.ts'
import { PARTNER } from '../support/door-ground.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'

/** What AS2 partners signed, verified again out of what is kept; one byte changed in each. */

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())

/** A connection that the gateway calls: who answers there is the gateway of the test itself. */
const CALLED: ConnectionId = 'cnx_called'
const MESSAGE_ID = '<kept-1@partner>'
const KEY_MILLISECONDS = 60_000

let reception: As2Reception
let proofs: FlowProofs
let sequence = 0

// Keys take a while to be found on a busy machine.
beforeAll(() => {
  for (const order of [GATEWAY_KEY, PARTNER_KEY]) peer.der(order)
}, KEY_MILLISECONDS)

beforeEach(async () => {
  reception = await startAs2Reception({ peer })
  const { journal, clock } = reception.ground
  proofs = createFlowProofs({
    journal,
    memory: createProtocolMemory({ journal, clock }),
    keys: async () => {
      const gateway = { ...identity(GATEWAY_KEY), chain: [] }
      return { inUse: gateway, all: [gateway] }
    },
    as2Of: (): As2Overrides => ({}),
  })
  await register(PARTNER, PARTNER_KEY)
  await register(CALLED, GATEWAY_KEY)
}, KEY_MILLISECONDS)
afterEach(() => reception.stop())

const identity = (order: OpenSslOrder): DecryptionKey => ({
  certificate: readCertificate(peer.der(order)),
  privateKey: createPrivateKey(peer.read(peer.key(order.key))),
})

async function register(id: ConnectionId, order: OpenSslOrder): Promise<void> {
  const { sha256, spkiSha256, x509 } = identity(order).certificate
  await insertCertificate(reception.ground.journal, id, {
    sha256,
    spki_sha256: spkiSha256,
    chain_pem: x509.toString(),
  })
}

/** Sends a flow as the partner. @returns its id, and the proof that the sender has */
async function sent(
  policy: Partial<SendingPolicy> = {},
): Promise<{ readonly id: FlowId; readonly proof: Proof }> {
  sequence += 1
  const payload = await archiveBytes([{ name: 'a.xml', content: '<a/>' }])
  const answer = await sendMessage({
    url: reception.url,
    as2From: PARTNER_ID,
    as2To: GATEWAY_ID,
    messageId: MESSAGE_ID,
    identity: identity(PARTNER_KEY),
    partnerCertificates: [identity(GATEWAY_KEY).certificate],
    policy: { ...DEFAULT_SENDING, ...policy },
    payload: {
      octets: octetsOf(payload),
      bytes: payload.length,
      contentType: 'application/gzip',
      fileName: recommendedName('FSO1110A', 'SIM123', sequence, 'tar.gz'),
    },
    product: 'partner:1.0.0',
    now: Date.now(),
  })
  expect(answer).toMatchObject({ outcome: 'receipt', receipt: { verdict: { code: 'proved' } } })
  const { journal } = reception.ground
  const [row] = await journal.read(journal.db.selectFrom('flows').select('id'))
  return { id: row!.id, proof: proofOf(answer, 5) }
}

async function verified(id: FlowId): Promise<readonly FlowCheck[]> {
  const { journal, payloads } = reception.ground
  return createVerifyFlow(journal, payloads, proofs)(id)
}
const outcomes = (checks: readonly { readonly what: string; readonly ok: boolean }[]) =>
  checks.map(({ what, ok }) => `${what} ${ok ? 'holds' : 'does not hold'}`)

async function changeEvidence(
  id: FlowId,
  change: (evidence: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const { journal } = reception.ground
  const [{ evidence } = { evidence: {} }] = await reception.flows()
  await journal.write([
    {
      query: journal.db
        .updateTable('flows')
        .set({ evidence_json: JSON.stringify(change(evidence)) })
        .where('id', '=', id),
    },
  ])
}

/** The same text in base64, one bit of one byte of what it stands for changed. */
function flipped(base64: string, at: (bytes: Buffer) => number): string {
  const bytes = Buffer.from(base64, 'base64')
  const place = at(bytes)
  bytes[place] = bytes[place]! ^ 0x01
  return bytes.toString('base64')
}

test.each<readonly [string, Partial<SendingPolicy>, string]>([
  ['signed and encrypted', {}, 'over the content as it is stored'],
  ['compressed outside', { compress: 'after-signature' }, 'over the content as it is stored'],
  ['compressed inside', { compress: 'before-signature' }, 'over the digest recorded'],
])('a message that came %s is verified again', async (_, policy, over) => {
  const { id } = await sent(policy)
  const checks = await verified(id)
  expect(outcomes(checks)).toEqual([
    'content holds',
    'signature holds',
    'mic holds',
    'receipt holds',
  ])
  expect(checks[1]?.detail.en).toContain('CN=partner')
  expect(checks[1]?.detail.en).toContain(over)
})

test('a byte changed in the signature that is kept is found', async () => {
  const { id } = await sent()
  await changeEvidence(id, (evidence) => ({
    ...evidence,
    signatureBytes: flipped(evidence['signatureBytes']!, ({ length }) => length - 20),
  }))
  expect(outcomes(await verified(id))).toEqual([
    'content holds',
    'signature does not hold',
    'receipt holds',
  ])
})

test('a byte changed in the headers that were signed with the content is found', async () => {
  const { id } = await sent()
  await changeEvidence(id, (evidence) => ({
    ...evidence,
    signedHeaders: flipped(evidence['signedHeaders']!, () => 3),
  }))
  expect(outcomes(await verified(id))).toContain('signature does not hold')
})

test('a digest (MIC) that is not the one of the content is found, in the journal and in the receipt', async () => {
  const { id } = await sent()
  await changeEvidence(id, (evidence) => ({
    ...evidence,
    mic: `${flipped(evidence['mic']!.split(',')[0]!, () => 0)}, sha-256`,
  }))
  expect(outcomes(await verified(id))).toEqual([
    'content holds',
    'signature holds',
    'mic does not hold',
    'receipt does not hold',
  ])
})

test('a byte changed in the receipt that was given is found', async () => {
  const { id } = await sent()
  const { journal } = reception.ground
  const key = receiptKey(MESSAGE_ID)
  const [row] = await journal.read(
    journal.db.selectFrom('protocol_memory').select('value').where('key', '=', key),
  )
  const stored = JSON.parse(row!.value) as { body: string }
  const value = JSON.stringify({
    ...stored,
    body: flipped(stored.body, (bytes) => bytes.indexOf('processed')),
  })
  await journal.write([
    { query: journal.db.updateTable('protocol_memory').set({ value }).where('key', '=', key) },
  ])
  expect(outcomes(await verified(id))).toEqual([
    'content holds',
    'signature holds',
    'mic holds',
    'receipt does not hold',
  ])
})

test('a content that is gone has no signature that holds', async () => {
  const { id } = await sent()
  const { journal, payloads } = reception.ground
  const [flow] = await reception.flows()
  await payloads.remove(flow!.sha256)
  await journal.write([{ query: journal.db.deleteFrom('landed_payloads') }])
  expect(outcomes(await verified(id))).toEqual([
    'content does not hold',
    'signature does not hold',
    'receipt holds',
  ])
})

test('the receipt of a partner on a return flow is verified again, by its certificate', async () => {
  const { proof } = await sent()
  const of = (one: Proof, connectionId = CALLED) =>
    proofs.ofDelivery({ connectionId, proof: one }).then(outcomes)
  expect(await of(proof)).toEqual(['mdn holds'])
  expect(proof.receipt).toBeDefined()
  const place = (bytes: Buffer) => bytes.indexOf('processed')
  expect(await of({ ...proof, receipt: flipped(proof.receipt!, place) })).toEqual([
    'mdn does not hold',
  ])
  // By the certificate of another one, about another message, of another digest.
  expect(await of(proof, PARTNER)).toEqual(['mdn does not hold'])
  const changed = (evidence: Record<string, string>) => ({
    ...proof,
    evidence: { ...proof.evidence, ...evidence },
  })
  expect(await of(changed({ messageId: '<other@partner>' }))).toEqual(['mdn does not hold'])
  const mic = `${Buffer.alloc(32).toString('base64')}, sha-256`
  expect(await of(changed({ mic }))).toEqual(['mdn does not hold'])
})
