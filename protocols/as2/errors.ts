import { ERRORS, GatewayError } from '../../gateway/errors.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import { laterAnswer, plainAnswer, type PostAnswer } from './incoming-post.ts'
import type { FaultKind } from './message-fault.ts'

/** The refusal that a fault of a message is. */
export function refusalOfFault(kind: FaultKind): RefusalCode {
  switch (kind) {
    case 'truncated':
    case 'malformed':
    case 'limit':
    case 'unsupported':
    case 'decompression':
      return 'MESSAGE_MALFORMED'
    case 'weak':
      return 'SECURITY_INSUFFICIENT'
    case 'decryption':
      return 'MESSAGE_NOT_DECRYPTED'
    case 'digest':
    case 'signature':
    case 'signer':
      return 'SIGNATURE_REFUSED'
    case 'relationship':
      return 'CREDENTIAL_REFUSED'
    case 'file-name':
      return 'NAME_MALFORMED'
  }
}

/** HTTP status of an exception: the partner tries again after 503 (AS2 reference §2). */
export function errorStatus(error: unknown): 500 | 503 {
  return error instanceof GatewayError && ERRORS[error.code].isRetryable ? 503 : 500
}

/** HTTP says what is too large or has no place now; a receipt has no word for it. */
export function limitAnswer(code: RefusalCode): PostAnswer {
  const { as2, message } = REFUSALS[code]
  if (as2 === 413) return plainAnswer(413, message.en)
  return laterAnswer(message.en, as2 === 429 ? 429 : 503)
}
