import { ERRORS, GatewayError } from '../../gateway/errors.ts'
import type { ErrorCode } from '../../gateway/errors.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { Diagnostic, DiagnosticName } from './diagnostics.ts'
import { diagnosticText } from './diagnostics.ts'
import { PesitFault } from './pesit-fault.ts'

/** When a refusal is told: in RCONNECT, ACK(CREATE or SELECT), IDT, or ACK(TRANS.END). */
export type RefusalMoment = 'connect' | 'create' | 'data' | 'end'

const MOMENTS: readonly RefusalMoment[] = ['connect', 'create', 'data', 'end']
/** Refusals of messages that protect themselves: never PeSIT's. */
const OF_MESSAGES: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'MESSAGE_MALFORMED',
  'MESSAGE_NOT_DECRYPTED',
  'SIGNATURE_REFUSED',
  'SECURITY_INSUFFICIENT',
  'MESSAGE_ID_REUSED',
  'RECEIPT_REFUSED',
])

/** The diagnostic of a refusal at the door (reference §12, choices; decisions D1). */
export function refusalDiagnostic(code: RefusalCode, moment: RefusalMoment): DiagnosticName {
  switch (code) {
    // The same for unknown, wrong and inactive, and for one that tried too often.
    case 'CREDENTIAL_REFUSED':
    case 'TRIES_EXCEEDED':
      return '3/304'
    case 'ALGORITHMS_NOT_SHARED':
      return '3/399'
    case 'CALLED_NAME_UNKNOWN':
      return '3/301'
    case 'PROTOCOL_REFUSED':
      return moment === 'connect' ? '3/308' : '3/318'
    case 'ROUTE_REFUSED':
      return '2/226'
    case 'LIMIT_REACHED':
      return moment === 'connect' ? '3/309' : '2/202'
    case 'NAME_MALFORMED':
    case 'EXTENSION_UNKNOWN':
    case 'DIRECTION_WRONG':
    case 'APPLICATION_CODE_OTHER':
    case 'IDENTIFIER_OTHER':
    case 'RETURN_FLOW_UNKNOWN':
    case 'CONTENT_EMPTY':
    case 'CONTENT_INCOMPLETE':
    // OF_MESSAGES.
    case 'MESSAGE_MALFORMED':
    case 'MESSAGE_NOT_DECRYPTED':
    case 'SIGNATURE_REFUSED':
    case 'SECURITY_INSUFFICIENT':
    case 'MESSAGE_ID_REUSED':
    case 'RECEIPT_REFUSED':
      return moment === 'create' ? '2/226' : '2/299'
    // The content is judged at the end; at CREATE only where a connection refuses it at once.
    case 'IDENTIFIER_TAKEN':
      return moment === 'create' ? '2/204' : '2/299'
    case 'CONTENT_TOO_LARGE':
      return moment === 'end' ? '2/224' : moment === 'create' ? '2/206' : '2/219'
    case 'QUOTA_EXCEEDED':
      return moment === 'data' ? '2/219' : '2/206'
    case 'DISK_FULL':
      return moment === 'create' ? '2/201' : '2/219'
  }
}

/** The diagnostic of an exception: no internals, the log has them. */
export function errorDiagnostic(error: unknown, moment: RefusalMoment): DiagnosticName {
  if (error instanceof PesitFault) return error.diagnostic
  if (!(error instanceof GatewayError)) return moment === 'connect' ? '3/399' : '2/215'
  return errorCodeDiagnostic(error.code, moment)
}

function errorCodeDiagnostic(code: ErrorCode, moment: RefusalMoment): DiagnosticName {
  switch (code) {
    case 'STORE_FULL':
      return refusalDiagnostic('DISK_FULL', moment)
    case 'PAYLOAD_MISSING':
    case 'RETURN_FLOW_GONE':
      return '2/205'
    case 'JOURNAL_UNAVAILABLE':
    case 'QUEUE_UNAVAILABLE':
    case 'STORE_UNAVAILABLE':
    case 'PAYLOAD_ON_ITS_WAY':
      return moment === 'connect' ? '3/322' : '2/201'
    default:
      return moment === 'connect' ? '3/399' : '2/215'
  }
}

/** What a partner may be told for a refusal, by the moments of a session; none: never over PeSIT. */
export function diagnosticsOfRefusal(code: RefusalCode): readonly DiagnosticName[] {
  if (OF_MESSAGES.has(code)) return []
  return told((moment) => refusalDiagnostic(code, moment))
}

/** The same for an error of the gateway. */
export function diagnosticsOfError(code: ErrorCode): readonly DiagnosticName[] {
  return told((moment) => errorCodeDiagnostic(code, moment))
}

/** Back again: what may stand behind a diagnostic that we send. */
export function codesBehind(name: DiagnosticName): {
  readonly refusals: readonly RefusalCode[]
  readonly errors: readonly ErrorCode[]
} {
  const refusals = Object.keys(REFUSALS) as RefusalCode[]
  const errors = Object.keys(ERRORS) as ErrorCode[]
  return {
    refusals: refusals.filter((code) => diagnosticsOfRefusal(code).includes(name)),
    errors: errors.filter((code) => diagnosticsOfError(code).includes(name)),
  }
}

/** In RCONNECT only those of type 3 can stand (annex D). */
function told(diagnosticAt: (moment: RefusalMoment) => DiagnosticName): readonly DiagnosticName[] {
  const names = MOMENTS.map((moment) => [moment, diagnosticAt(moment)] as const)
  const legal = names.filter(([moment, name]) => moment !== 'connect' || name.startsWith('3/'))
  return [...new Set(legal.map(([, name]) => name))]
}

/** What a partner's refusal means for a return flow that we send. */
export type SendingVerdict = 'retry' | 'restart-from-start' | 'already-there' | 'give-up'

const VERDICTS: Readonly<Partial<Record<DiagnosticName, SendingVerdict>>> = {
  '2/200': 'give-up',
  '2/204': 'already-there',
  '2/206': 'give-up',
  '2/208': 'give-up',
  '2/209': 'give-up',
  '2/214': 'restart-from-start',
  '2/220': 'give-up',
  '2/224': 'give-up',
  '2/226': 'give-up',
  '2/227': 'restart-from-start',
  '2/228': 'restart-from-start',
  '2/229': 'restart-from-start',
  '2/230': 'restart-from-start',
  '2/233': 'restart-from-start',
  '3/301': 'give-up',
  '3/304': 'give-up',
  '3/305': 'give-up',
  '3/308': 'give-up',
}

/** Back from the wire: what is not known to be final may succeed later. */
export function sendingVerdict(value: Diagnostic): SendingVerdict {
  const text = diagnosticText(value)
  return Object.hasOwn(VERDICTS, text) ? (VERDICTS[text as DiagnosticName] ?? 'retry') : 'retry'
}
