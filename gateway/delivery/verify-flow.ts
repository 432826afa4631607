import { createHash } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type {
  BilingualText,
  ConnectionId,
  FlowId,
  Proof,
  ReturnFlowState,
  StoredContent,
} from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import type { FlowProofs, ProofCheck } from './flow-proofs.ts'

/** One thing that the journal says of a flow, compared with what is kept. */
export interface FlowCheck {
  /**
   * `content`, `return` (its bytes are those recorded), `proof` (a delivered one has its proof), or
   * what was signed and is verified again (flow-proofs.ts).
   */
  readonly what: 'content' | 'return' | 'proof' | ProofCheck['what']
  readonly name: string
  readonly ok: boolean
  readonly detail: BilingualText
}

/** Compares what is kept of a flow and of its return flows with what the journal says of them. */
export type VerifyFlow = (id: FlowId) => Promise<readonly FlowCheck[]>

export function createVerifyFlow(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
  proofs?: FlowProofs,
): VerifyFlow {
  const { db } = journal
  return async (id) => {
    const [flow] = await journal.read(
      db
        .selectFrom('flows')
        .select([
          'file_name',
          'sha256',
          'bytes',
          'protocol',
          'connection_id',
          'evidence_json',
          'payload_removed_at',
        ])
        .where('id', '=', id),
    )
    const returns = await journal.read(
      db
        .selectFrom('return_flows')
        .select([
          'id',
          'connection_id',
          'file_name',
          'sha256',
          'bytes',
          'state',
          'payload_removed_at',
        ])
        .where('flow_id', '=', id)
        .orderBy('id'),
    )
    const checks: FlowCheck[] = []
    if (flow !== undefined) {
      const content = await contentCheck('content', flow.file_name, flow)
      checks.push(content)
      const isRemoved = flow.payload_removed_at !== null
      if (flow.protocol === 'as2' && proofs !== undefined && !isRemoved) {
        const again = await proofs.ofFlow({
          connectionId: flow.connection_id,
          evidence: JSON.parse(flow.evidence_json) as Record<string, string>,
          // Of a content that is gone, nothing: its signature does not hold then.
          content: () => (content.isGone ? nothing() : payloads.read(flow)),
        })
        checks.push(...again.map((check) => ({ ...check, name: flow.file_name })))
      }
    }
    for (const back of returns) {
      checks.push(await contentCheck('return', back.file_name, back))
      if (back.state === 'DELIVERED') checks.push(...(await proofChecks(back)))
    }
    return checks.map(({ what, name, ok, detail }) => ({ what, name, ok, detail }))
  }

  async function contentCheck(
    what: 'content' | 'return',
    name: string,
    content: StoredContent & { readonly payload_removed_at: number | null },
  ): Promise<FlowCheck & { readonly isGone: boolean }> {
    if (content.payload_removed_at !== null) {
      const at = new Date(content.payload_removed_at).toISOString().slice(0, 10)
      // Removed as it should be: nothing is wrong, and nothing can be compared.
      return {
        what,
        name,
        ok: true,
        isGone: true,
        detail: {
          en: `past its time, removed on ${at} (retention): only its SHA-256 ${content.sha256} is left`,
          fr: `arrivé à son terme, supprimé le ${at} (rétention) : il n’en reste que le SHA-256 ${content.sha256}`,
        },
      }
    }
    const found = await digestOf(content)
    const ok = found?.sha256 === content.sha256 && found.bytes === content.bytes
    if (found === undefined) {
      return {
        what,
        name,
        ok,
        isGone: true,
        detail: { en: 'the content is not in the store', fr: 'le contenu n’est pas conservé' },
      }
    }
    const wanted = `SHA-256 ${content.sha256}`
    return {
      what,
      name,
      ok,
      isGone: false,
      detail: ok
        ? { en: `${wanted}, as recorded`, fr: `${wanted}, comme au journal` }
        : {
            en: `SHA-256 ${found.sha256}, recorded ${content.sha256}`,
            fr: `SHA-256 ${found.sha256}, au journal ${content.sha256}`,
          },
    }
  }

  async function digestOf(content: StoredContent): Promise<StoredContent | undefined> {
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const piece of payloads.read(content) as AsyncIterable<Buffer>) {
        hash.update(piece)
        bytes += piece.length
      }
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'PAYLOAD_MISSING') return undefined
      throw error
    }
    return { sha256: hash.digest('hex'), bytes }
  }

  async function proofChecks(back: {
    readonly id: `ret_${string}`
    readonly connection_id: ConnectionId
    readonly file_name: string
    readonly state: ReturnFlowState
  }): Promise<readonly FlowCheck[]> {
    const rows = await journal.read(
      db
        .selectFrom('deliveries')
        .select(['attempt', 'proof_json'])
        .where('return_flow_id', '=', back.id)
        .where('outcome', '=', 'delivered')
        .orderBy('attempt', 'desc'),
    )
    const proof = rows[0] === undefined ? {} : (JSON.parse(rows[0].proof_json) as Partial<Proof>)
    const ok = proof.kind !== undefined
    const check: FlowCheck = {
      what: 'proof',
      name: back.file_name,
      ok,
      detail: ok
        ? {
            en: `${proof.kind} of attempt ${rows[0]?.attempt}`,
            fr: `${proof.kind} de l’essai ${rows[0]?.attempt}`,
          }
        : { en: 'delivered without a proof', fr: 'remis sans preuve' },
    }
    if (!isProof(proof) || proofs === undefined) return [check]
    const again = await proofs.ofDelivery({ connectionId: back.connection_id, proof })
    return [check, ...again.map((one) => ({ ...one, name: back.file_name }))]
  }
}

const isProof = (proof: Partial<Proof>): proof is Proof => proof.kind !== undefined

async function* nothing(): AsyncGenerator<Buffer> {}
