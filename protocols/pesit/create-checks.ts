import { givenName } from './flow-naming.ts'
import type { ParameterFpdu } from './fpdu.ts'
import { refusalDiagnostic } from './errors.ts'
import type { ParameterValues } from './parameter-table.ts'
import { isGroup } from './parameter-units.ts'
import { restartedTransfer } from './negotiation.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import type { FileRefusal, ServerContext } from './server-context.ts'

/** A file that may be sent to us. */
export interface FileOrder {
  /** The name of the flow. */
  readonly name: string
  /** What a transfer is known by when it is taken up again (reference §7.4). */
  readonly identity: string
  readonly isRestart: boolean
  /** Not longer than that; from PI 42, and what a flow may have. */
  readonly maxBytes: number
  readonly create: ParameterValues
}

/** PI 11 that mark messages and cannot be files ([CFT]). */
const FIRST_MESSAGE_TYPE = 0xfffd
/** Sequential; a flow is a stream of bytes, which keys and positions would be lost in. */
const SEQUENTIAL = 0
const KIBIBYTE = 1_024
/** Of the security unit: types whose first octet says that it is wanted (reference §2.6). */
const SECURITY_TYPES: ReadonlySet<number> = new Set([71, 73, 75, 77])

/** Judges a CREATE before a byte is sent (decisions D1, E3). */
export async function judgeCreate(
  context: ServerContext,
  create: ParameterValues,
): Promise<{ readonly order: FileOrder } | { readonly refused: FileRefusal }> {
  const { connection, partner, profile, services, identicalResend } = context
  const offered = create.label ?? create.fileName ?? ''
  const refuse = (
    code: RefusalCode,
    reason: string,
    diagnostic = refusalDiagnostic(code, 'create'),
  ) => ({ refused: { diagnostic, code, reason, offered } }) as const

  if (!context.mayStart()) {
    return refuse('CREDENTIAL_REFUSED', 'the connection is not open any more')
  }
  if ((create.fileType ?? 0) >= FIRST_MESSAGE_TYPE) {
    return refuse('NAME_MALFORMED', `PI 11 is ${create.fileType}, which is a message`)
  }
  if ((create.organisation ?? SEQUENTIAL) !== SEQUENTIAL) {
    return refuse('PROTOCOL_REFUSED', 'PI 33: only sequential files are taken', '2/200')
  }
  const given = givenName({
    strategy: profile.naming,
    applicationCode: connection.applicationCode,
    partner,
    create,
  })
  if ('fault' in given) return refuse('NAME_MALFORMED', given.fault)
  const { name } = given
  const fault = services.checkName(connection, name)
  if (fault !== undefined) return refuse(fault, REFUSALS[fault].message.en)
  const route = routeFault(context, create)
  if (route !== undefined) return refuse('ROUTE_REFUSED', route)
  const room = roomFault(context, create)
  if (room !== undefined) return refuse(room.code, room.reason)
  const isRestart = restartedTransfer(create) !== undefined
  // A restart is never "taken"; a name that is taken is else judged by content, at the end.
  if (identicalResend === 'refuse' && !isRestart) {
    const known = await services.deposits.find(connection.id, name)
    if (known !== undefined) return refuse('IDENTIFIER_TAKEN', REFUSALS.IDENTIFIER_TAKEN.message.en)
  }
  const { maxFlowBytes } = services.limits
  const announced = announcedBytes(create)
  return {
    order: {
      name,
      identity: identityOf(context, create),
      isRestart,
      // One KiB of slack: announcements are rounded (reference §13.2).
      maxBytes: announced === 0 ? maxFlowBytes : Math.min(maxFlowBytes, announced + KIBIBYTE),
      create,
    },
  }
}

/** The security unit as something that must be: it is obsolete, and refused (3/318). */
export function asksForSecurity({ units }: ParameterFpdu): boolean {
  return units.some(
    (unit) => !isGroup(unit) && SECURITY_TYPES.has(unit.code) && (unit.value[0] ?? 0) !== 0,
  )
}

/** Bytes that PI 42 announces; 0 = unknown. */
function announcedBytes({ reservation = 0, reservationUnit, articleBytes }: ParameterValues) {
  if (reservation === 0) return 0
  const isInArticles = reservationUnit === 1
  return isInArticles ? reservation * (articleBytes ?? 0) : reservation * KIBIBYTE
}

function identityOf({ partner }: ServerContext, create: ParameterValues): string {
  const { fileType, fileName, transferId, originalSender, finalReceiver } = create
  return JSON.stringify([
    partner.requesterId,
    fileType,
    fileName,
    transferId,
    originalSender ?? null,
    finalReceiver ?? null,
  ])
}

/** PI 61 must be the partner, PI 62 us, unless routing is allowed (reference §11.3). */
function routeFault(
  { connection, partner, profile, settings }: ServerContext,
  { originalSender, finalReceiver }: ParameterValues,
): string | undefined {
  if (profile.routing === 'relay') return undefined
  const own = [partner.requesterId, connection.applicationCode]
  if (originalSender !== undefined && !own.includes(originalSender)) {
    return `PI 61 is ${originalSender}, who is not the partner of this connection`
  }
  if (finalReceiver !== undefined && !settings.identifiers.includes(finalReceiver)) {
    return `PI 62 is ${finalReceiver}: nothing is passed on`
  }
  return undefined
}

function roomFault(
  { connection, services }: ServerContext,
  create: ParameterValues,
): { readonly code: RefusalCode; readonly reason: string } | undefined {
  const { limits, staging } = services
  const announced = announcedBytes(create)
  // Announcements of what is just within are rounded up.
  if (announced > limits.maxFlowBytes + KIBIBYTE) {
    const reason = `PI 42 announces ${announced} bytes, a flow has at most ${limits.maxFlowBytes}`
    return { code: 'CONTENT_TOO_LARGE', reason }
  }
  const used = staging.usedBytes(connection.id)
  const parts = staging.list(connection.id).length
  if (used >= limits.maxStagedBytes || parts >= limits.maxStagedParts) {
    const reason = `${parts} unfinished transfers with ${used} bytes are kept already`
    return { code: 'QUOTA_EXCEEDED', reason }
  }
  if (staging.freeDiskBytes() < limits.minFreeDiskBytes) {
    return { code: 'DISK_FULL', reason: REFUSALS.DISK_FULL.message.en }
  }
  return undefined
}
