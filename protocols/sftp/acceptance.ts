import { codeInName } from '../../gateway/faults.ts'
import type { StagedFile } from '../listener.ts'
import { errorReply } from './errors.ts'
import { OK } from './replies.ts'
import type { Reply } from './replies.ts'
import { passFault, refuse, tellRefusal } from './transfer-context.ts'
import type { TransferContext } from './transfer-context.ts'

/** A file that is all there, offered to the gateway under its final name. */
export interface Offer {
  readonly file: StagedFile
  readonly name: string
  /** What becomes of the file when the intake refuses it: removed, or left as the part it was. */
  readonly whenRefused: 'drop' | 'keep'
  /** What the protocol can prove about the transfer. */
  readonly evidence: Readonly<Record<string, string>>
}

/** What the end of an upload is answered. */
export interface Answer {
  readonly reply: Reply
  /** Bytes of the flow, when it is the gateway's now. */
  readonly acceptedBytes?: number
}

/**
 * The commit point of CLOSE and of RENAME: OK is answered only when content and journal hold the
 * flow on disk. Everything else leaves no flow, and says so to the client.
 */
export async function offerToIntake(context: TransferContext, offer: Offer): Promise<Answer> {
  const { file, name } = offer
  const bytes = file.bytes
  const refusesCut = context.settings.truncated === 'refuse'
  if (refusesCut && bytes === 0) {
    await file.keep()
    return { reply: refuseCut(context, 'CONTENT_EMPTY', offer) }
  }
  let isSealed = false
  try {
    const { ending, ...content } = await file.seal()
    isSealed = true
    if (refusesCut && ending === 'cut') {
      await file.unseal()
      return { reply: refuseCut(context, 'CONTENT_INCOMPLETE', offer) }
    }
    const { client, services } = context
    const outcome = await services.intake({
      connectionId: client.connection.id,
      protocol: 'sftp',
      sessionId: client.session.id,
      fileName: name,
      content,
      stagedId: file.id,
      receivedAt: services.clock.now(),
      evidence: {
        peer: client.peer,
        client: client.ident,
        keyFingerprint: client.keyFingerprint,
        ...offer.evidence,
      },
    })
    if (outcome.outcome === 'refused') {
      if (offer.whenRefused === 'drop') await file.drop()
      else await file.unseal()
      context.log.warn({ refusalId: outcome.refusalId, code: outcome.code, name }, 'flow refused')
      return { reply: tellRefusal(context, outcome.code, name) }
    }
    const { flowId } = outcome
    context.log.info({ flowId, name, ...content, outcome: outcome.outcome }, 'flow received')
    client.session.transcript.record({
      direction: 'in',
      layer: 'sftp',
      name: 'FLOW',
      summary: `${name} ${outcome.outcome}`,
      fields: { bytes: content.bytes, sha256: content.sha256 },
      flowId,
    })
    const instead = await passFault(context, 'before-acknowledge', {
      bytes,
      interfaceCode: codeInName(name),
    })
    return { reply: instead ?? OK, acceptedBytes: bytes }
  } catch (error) {
    context.log.error({ err: error, name, bytes }, 'flow not taken in')
    await leaveForResuming(context, file, isSealed)
    return { reply: errorReply(error) }
  }
}

/** An interrupted OpenSSH client still sends CLOSE (reference sftp §0 rule 3): its part is kept. */
function refuseCut(
  context: TransferContext,
  code: 'CONTENT_EMPTY' | 'CONTENT_INCOMPLETE',
  { name, file }: Offer,
): Reply {
  const reason = `${name} ends too early at ${file.bytes} bytes; it is kept for resuming.`
  return refuse(context, code, reason, name)
}

/** After our own failure: the partner may resume or send again. */
async function leaveForResuming(
  context: TransferContext,
  file: StagedFile,
  isSealed: boolean,
): Promise<void> {
  try {
    if (isSealed) await file.unseal()
    else await file.keep()
  } catch (error) {
    context.log.error({ err: error, stagedId: file.id }, 'staged file not kept')
  }
}
