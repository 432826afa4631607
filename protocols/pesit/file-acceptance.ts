import type { ReceivedFlow } from '../../gateway/flow.ts'
import { codeInName } from '../../gateway/faults.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import { diagnostic } from './diagnostics.ts'
import { errorDiagnostic, refusalDiagnostic } from './errors.ts'
import type { FileOrder } from './create-checks.ts'
import type { IncomingFile } from './incoming-file.ts'
import { keptParameters } from './kept-parameters.ts'
import type { ParameterValues } from './parameter-table.ts'
import { freeText, passFault } from './server-context.ts'
import type { ServerContext } from './server-context.ts'

/**
 * The commit point of a write: ACK(TRANS.END) is positive only when content and journal hold the
 * flow on disk (reference §8.6). Everything else leaves no flow, and says so.
 * @returns what ACK(TRANS.END) says, beside the counts
 */
export async function offerToIntake(
  context: ServerContext,
  order: FileOrder,
  incoming: IncomingFile,
): Promise<ParameterValues> {
  const { services, connection, session, transcript, log } = context
  const { file } = incoming
  let isSealed = false
  try {
    const { ending: _ending, ...content } = await file.seal()
    isSealed = true
    const outcome = await services.intake({
      connectionId: connection.id,
      protocol: 'pesit',
      sessionId: session.id,
      fileName: order.name,
      content,
      stagedId: file.id,
      receivedAt: services.clock.now(),
      evidence: evidenceOf(context, order, incoming),
    } satisfies ReceivedFlow)
    if (outcome.outcome === 'refused') {
      const { code, refusalId } = outcome
      await file.drop()
      log.warn({ refusalId, code, name: order.name }, 'flow refused')
      return {
        diagnostic: diagnostic(refusalDiagnostic(code, 'end')),
        freeText: freeText(`${REFUSALS[code].message.en} ${REFUSALS[code].remedy.en}`),
      }
    }
    const { flowId } = outcome
    log.info({ flowId, name: order.name, ...content, outcome: outcome.outcome }, 'flow received')
    transcript.flow('in', `${order.name} ${outcome.outcome}`, flowId)
    const instead = await passFault(context, 'before-acknowledge', {
      bytes: content.bytes,
      interfaceCode: codeInName(order.name),
    })
    if (instead !== undefined && instead !== 'cut') {
      return {
        diagnostic: instead.diagnostic ?? diagnostic('2/299'),
        freeText: freeText(instead.refuse),
      }
    }
    return { diagnostic: diagnostic('0/000') }
  } catch (error) {
    log.error({ err: error, name: order.name }, 'flow not taken in')
    await leaveForRestart(context, incoming, isSealed)
    return { diagnostic: diagnostic(errorDiagnostic(error, 'end')) }
  }
}

async function leaveForRestart(
  { log }: ServerContext,
  { file }: IncomingFile,
  isSealed: boolean,
): Promise<void> {
  try {
    if (isSealed) await file.unseal()
    else await file.keep()
  } catch (error) {
    log.error({ err: error, stagedId: file.id }, 'staged file not kept')
  }
}

/** Everything that CONNECT and CREATE said, and what the transfer came to: kept with the flow. */
function evidenceOf(
  context: ServerContext,
  { create }: FileOrder,
  incoming: IncomingFile,
): Readonly<Record<string, string>> {
  const { session } = context.line
  const { terms, compression, entityBytes } = session
  return {
    peer: context.peer,
    ...context.facts,
    ...keptParameters('CONNECT', context.connect),
    ...keptParameters('CREATE', create),
    startPoint: String(incoming.start.point),
    dataBytes: String(incoming.counts.dataBytes),
    articles: String(incoming.counts.articles),
    entityBytes: String(entityBytes),
    compression: String(compression?.isOn === true ? compression.kind : 0),
    syncPoints: `${terms?.sync.intervalKib ?? 0} KiB, window ${terms?.sync.window ?? 0}`,
  }
}
