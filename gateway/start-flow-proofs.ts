import { X509Certificate } from 'node:crypto'
import { readCertificate, type Certificate } from '../certs/certificate.ts'
import type { ReadMdn } from '../protocols/as2/mdn/read-mdn.ts'
import type { ProtocolMemory } from '../protocols/listener.ts'
import type { As2Keys } from './as2-keys.ts'
import { as2Policy, type As2Overrides } from './connections/as2-overrides.ts'
import type { FlowProofs, ProofCheck } from './delivery/flow-proofs.ts'
import type { BilingualText, ConnectionId } from './flow.ts'
import type { Journal } from './journal/journal.ts'

export interface FlowProofsOptions {
  readonly journal: Journal
  readonly memory: Pick<ProtocolMemory, 'get'>
  /** The gateway's own, which sign receipts. */
  readonly keys: () => Promise<As2Keys>
  readonly as2Of: (id: ConnectionId) => As2Overrides | undefined
}

/**
 * Part of the composition root: what partners and the gateway signed, verified again with the
 * certificates that the connection has ever had. What AS2 needs is loaded when it is asked for.
 */
export function createFlowProofs(options: FlowProofsOptions): FlowProofs {
  const { journal, memory, keys } = options
  const quirksOf = (id: ConnectionId) => {
    const { lfLineEnds, barePayload } = as2Policy(options.as2Of(id))
    return { lfLineEnds, barePayload }
  }

  /** Ended ones too: what they signed while they were valid stays signed. */
  async function certificatesOf(id: ConnectionId): Promise<readonly Certificate[]> {
    const rows = await journal.read(
      journal.db
        .selectFrom('connection_certificates')
        .select('chain_pem')
        .where('connection_id', '=', id),
    )
    return rows.map(({ chain_pem }) => readCertificate(new X509Certificate(chain_pem).raw))
  }

  return {
    async ofFlow({ connectionId, evidence, content }) {
      const [{ verifyKeptSignature }, { isSameMic, parseMic }, { receiptKey, decodeReceipt }] =
        await Promise.all([
          import('../protocols/as2/kept-signature.ts'),
          import('../protocols/as2/mic.ts'),
          import('../protocols/as2/stored-receipt.ts'),
        ])
      const checks: ProofCheck[] = []
      const mic = evidence['mic'] === undefined ? undefined : parseMic(evidence['mic'])
      await checked(checks, 'signature', async () => {
        const registered = await certificatesOf(connectionId)
        const again = await verifyKeptSignature(evidence, content, registered)
        if (again === undefined) return
        const { signature, digests, isOverContent } = again
        const who = signature.certificate.subject
        checks.push(
          holds('signature', {
            en: `${signature.algorithm} by ${who}, over ${isOverContent ? 'the content as it is stored' : 'the digest recorded when it came'}`,
            fr: `${signature.algorithm} de ${who}, sur ${isOverContent ? 'le contenu tel qu’il est conservé' : 'le condensat noté à la réception'}`,
          }),
        )
        const digest = mic === undefined ? undefined : digests.get(mic.hash)
        if (mic === undefined || digest === undefined) return
        checks.push(
          isSameMic(mic, { hash: mic.hash, digest })
            ? holds('mic', { en: evidence['mic']!, fr: evidence['mic']! })
            : fails('mic', {
                en: `recorded ${evidence['mic']}, found ${digest.toString('base64')}`,
                fr: `au journal ${evidence['mic']}, trouvé ${digest.toString('base64')}`,
              }),
        )
      })
      const { messageId } = evidence
      if (messageId === undefined) return checks
      await checked(checks, 'receipt', async () => {
        const text = await memory.get('as2', connectionId, receiptKey(messageId))
        const answer = text === undefined ? undefined : decodeReceipt(text)
        if (answer?.body === undefined) return
        const [{ readMdn }, { HeaderFields }, { octetsOf }] = await Promise.all([
          import('../protocols/as2/mdn/read-mdn.ts'),
          import('../protocols/as2/mime/header-fields.ts'),
          import('../protocols/as2/octets.ts'),
        ])
        const mdn = await readMdn(new HeaderFields(answer.headers), octetsOf(answer.body), {
          registered: (await keys()).all.map(({ certificate }) => certificate),
          legacy: new Set(['sha1', 'md5']),
          quirks: {},
        })
        checks.push(judgeMdn('receipt', mdn, { messageId, mic, isSameMic, signer: 'Raccord' }))
      })
      return checks
    },

    async ofDelivery({ connectionId, proof }) {
      const checks: ProofCheck[] = []
      const { receipt, evidence } = proof
      if (proof.kind !== 'mdn' || receipt === undefined) return checks
      await checked(checks, 'mdn', async () => {
        const [{ readKeptReceipt }, { isSameMic, parseMic }] = await Promise.all([
          import('../protocols/as2/kept-receipt.ts'),
          import('../protocols/as2/mic.ts'),
        ])
        const mdn = await readKeptReceipt(Buffer.from(receipt, 'base64'), {
          registered: await certificatesOf(connectionId),
          quirks: quirksOf(connectionId),
        })
        // The digest of what was sent; where the receipt uses another hash, what it said then.
        const sent = parseMic(evidence['mic'] ?? '')
        const said = parseMic(evidence['receivedContentMic'] ?? '')
        const mic = sent !== undefined && sent.hash === mdn.mic?.hash ? sent : said
        const messageId = evidence['messageId'] ?? ''
        const signer = mdn.signature?.certificate.subject ?? ''
        const wasSigned = evidence['signer'] !== undefined
        checks.push(
          wasSigned && mdn.signature === undefined
            ? fails('mdn', {
                en: 'it was signed, and is not any more',
                fr: 'il était signé et ne l’est plus',
              })
            : judgeMdn('mdn', mdn, { messageId, mic, isSameMic, signer }),
        )
      })
      return checks
    },
  }
}

/** A fault of what was read is a check that fails; anything else is the caller's to know. */
async function checked(
  checks: ProofCheck[],
  what: ProofCheck['what'],
  check: () => Promise<void>,
): Promise<void> {
  const { faultOf } = await import('../protocols/as2/message-fault.ts')
  try {
    await check()
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    checks.push(fails(what, { en: fault.message, fr: `ne tient pas (${fault.message})` }))
  }
}

function judgeMdn(
  what: ProofCheck['what'],
  mdn: ReadMdn,
  wanted: {
    readonly messageId: string
    readonly mic: ReadMdn['mic']
    readonly isSameMic: (
      one: NonNullable<ReadMdn['mic']>,
      other: NonNullable<ReadMdn['mic']>,
    ) => boolean
    readonly signer: string
  },
): ProofCheck {
  const { messageId, mic, signer } = wanted
  if (mdn.originalMessageId !== messageId) {
    return fails(what, {
      en: `it is about ${mdn.originalMessageId ?? 'no message'}, not ${messageId}`,
      fr: `il porte sur ${mdn.originalMessageId ?? 'aucun message'}, pas sur ${messageId}`,
    })
  }
  const isOther = mic !== undefined && (mdn.mic === undefined || !wanted.isSameMic(mdn.mic, mic))
  if (isOther) {
    return fails(what, {
      en: 'its digest (Received-Content-MIC) is not that of the message',
      fr: 'son condensat (Received-Content-MIC) n’est pas celui du message',
    })
  }
  return holds(
    what,
    mdn.signature === undefined
      ? { en: `about ${messageId}, not signed`, fr: `sur ${messageId}, non signé` }
      : {
          en: `about ${messageId}, ${mdn.signature.algorithm} by ${signer}`,
          fr: `sur ${messageId}, ${mdn.signature.algorithm} de ${signer}`,
        },
  )
}

const holds = (what: ProofCheck['what'], detail: BilingualText): ProofCheck => ({
  what,
  ok: true,
  detail,
})
const fails = (what: ProofCheck['what'], detail: BilingualText): ProofCheck => ({
  what,
  ok: false,
  detail,
})
