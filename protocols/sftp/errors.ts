import { GatewayError } from '../../gateway/errors.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { StatusName } from './packet-types.ts'
import { failed } from './replies.ts'
import type { Reply } from './replies.ts'

/**
 * What a refusal at the door looks like on the wire. Version 3 has no status for quota, name or
 * content: those are FAILURE, and the message says the rest.
 */
export function refusalStatus(code: RefusalCode): Exclude<StatusName, 'OK'> {
  switch (code) {
    case 'CREDENTIAL_REFUSED':
      return 'PERMISSION_DENIED'
    case 'ALGORITHMS_NOT_SHARED':
    case 'NAME_MALFORMED':
    case 'EXTENSION_UNKNOWN':
    case 'DIRECTION_WRONG':
    case 'APPLICATION_CODE_OTHER':
    case 'IDENTIFIER_OTHER':
    case 'IDENTIFIER_TAKEN':
    case 'RETURN_FLOW_UNKNOWN':
    case 'CONTENT_EMPTY':
    case 'CONTENT_INCOMPLETE':
    case 'CONTENT_TOO_LARGE':
    case 'QUOTA_EXCEEDED':
    case 'DISK_FULL':
    case 'LIMIT_REACHED':
    case 'TRIES_EXCEEDED':
    case 'MESSAGE_MALFORMED':
    case 'MESSAGE_NOT_DECRYPTED':
    case 'SIGNATURE_REFUSED':
    case 'SECURITY_INSUFFICIENT':
    case 'MESSAGE_ID_REUSED':
    case 'RECEIPT_REFUSED':
    case 'CALLED_NAME_UNKNOWN':
    case 'PROTOCOL_REFUSED':
    case 'ROUTE_REFUSED':
      return 'FAILURE'
  }
}

/** The reply to whatever made a refusal; the text is the partner's, in English. */
export function refusalReply(code: RefusalCode): Reply {
  return failed(refusalStatus(code), REFUSALS[code].message.en)
}

/** The reply to an exception: no internals, the log has them. */
export function errorReply(error: unknown): Reply {
  if (error instanceof GatewayError) {
    switch (error.code) {
      case 'STORE_FULL':
        return refusalReply('DISK_FULL')
      case 'PAYLOAD_MISSING':
      case 'RETURN_FLOW_GONE':
        return failed('NO_SUCH_FILE', 'No such file.')
      default:
        return failed('FAILURE', 'The gateway could not do this; try again later.')
    }
  }
  return failed('FAILURE', 'The gateway could not do this; try again later.')
}
