import type { BilingualText } from '../../../gateway/flow.ts'
import { isValidAt } from '../partner-certificates.ts'
import { isSameMic, type Mic } from '../mic.ts'
import type { Digests } from '../running-digests.ts'
import type { ReadMdn } from './read-mdn.ts'

/** What was sent, as far as its receipt is judged by it. */
export interface AwaitedReceipt {
  readonly messageId: string
  /** Of the octets that the MIC is over, by every hash that the receipt may use. */
  readonly digests: Digests
  readonly wantsSignature: boolean
  /** The message was signed: its receipt then has a MIC (RFC 4130 §7.4.3). */
  readonly isSigned: boolean
}

/** What a receipt means; one row each in `VERDICTS`. */
export type ReceiptVerdictCode =
  | 'proved'
  | 'unproven'
  | 'signature-invalid'
  | 'signer-expired'
  | 'other-message'
  | 'unreadable'
  | 'refused'
  | 'mic-missing'
  | 'mic-differs'

export interface ReceiptVerdict {
  readonly code: ReceiptVerdictCode
  /** The partner has the message; `unproven` when nothing but its word says so. */
  readonly isDelivered: boolean
  readonly message: BilingualText
  /** `processed/error: decryption-failed`, as the partner said it. */
  readonly disposition: string | undefined
  readonly mic: Mic | undefined
}

interface VerdictRow {
  readonly isDelivered: boolean
  readonly message: BilingualText
}

export const VERDICTS: Readonly<Record<ReceiptVerdictCode, VerdictRow>> = {
  proved: {
    isDelivered: true,
    message: {
      en: 'The partner has the message: its receipt names it and has its digest.',
      fr: 'Le partenaire a le message : son accusé le désigne et en porte le condensat.',
    },
  },
  unproven: {
    isDelivered: true,
    message: {
      en: 'The partner says that it has the message; its receipt has no signature or no digest, so nothing proves it.',
      fr: 'Le partenaire dit avoir le message ; son accusé n’a pas de signature ou pas de condensat, rien ne le prouve.',
    },
  },
  'signature-invalid': {
    isDelivered: false,
    message: {
      en: 'The signature of the receipt is by no certificate of the partner, or does not hold.',
      fr: 'La signature de l’accusé n’est d’aucun certificat du partenaire, ou n’est pas valable.',
    },
  },
  'signer-expired': {
    isDelivered: false,
    message: {
      en: 'The receipt is signed with a certificate of the partner that is not valid now: register its new one.',
      fr: 'L’accusé est signé avec un certificat du partenaire qui n’est pas valide actuellement : enregistrer le nouveau.',
    },
  },
  'other-message': {
    isDelivered: false,
    message: {
      en: 'The receipt is about another message (Original-Message-ID).',
      fr: 'L’accusé porte sur un autre message (Original-Message-ID).',
    },
  },
  unreadable: {
    isDelivered: false,
    message: {
      en: 'The answer is no receipt that can be read.',
      fr: 'La réponse n’est pas un accusé lisible.',
    },
  },
  refused: {
    isDelivered: false,
    message: {
      en: 'The partner refused the message.',
      fr: 'Le partenaire a refusé le message.',
    },
  },
  'mic-missing': {
    isDelivered: false,
    message: {
      en: 'The receipt says "processed" and carries no digest (Received-Content-MIC).',
      fr: 'L’accusé dit « processed » et ne porte pas de condensat (Received-Content-MIC).',
    },
  },
  'mic-differs': {
    isDelivered: false,
    message: {
      en: 'The digest in the receipt is not that of what was sent: the partner has something else.',
      fr: 'Le condensat de l’accusé n’est pas celui de l’envoi : le partenaire a reçu autre chose.',
    },
  },
}

/**
 * Judges a receipt in the order of AS2 reference §6: signature, message, disposition, digest.
 * @param mdn its signature, if it has one, holds
 * @param now milliseconds UTC: any certificate of the partner that is valid verifies
 */
export function judgeReceipt(mdn: ReadMdn, awaited: AwaitedReceipt, now: number): ReceiptVerdict {
  const { signature, disposition, mic } = mdn
  const said =
    disposition === undefined
      ? undefined
      : disposition.type +
        (disposition.severity === 'none'
          ? ''
          : `/${disposition.severity}: ${disposition.modifier ?? ''}`)
  const verdict = (code: ReceiptVerdictCode): ReceiptVerdict => ({
    code,
    ...VERDICTS[code],
    disposition: said,
    mic,
  })
  if (signature !== undefined && !isValidAt(signature.certificate, now)) {
    return verdict('signer-expired')
  }
  if (mdn.originalMessageId !== awaited.messageId) return verdict('other-message')
  if (disposition === undefined) return verdict('unreadable')
  const isTaken =
    disposition.type === 'processed' &&
    (disposition.severity === 'none' || disposition.severity === 'warning')
  if (!isTaken) return verdict('refused')
  const isUnproven = awaited.wantsSignature && signature === undefined
  // Of an unsigned message some give none.
  if (mic === undefined) return verdict(awaited.isSigned ? 'mic-missing' : 'unproven')
  const digest = awaited.digests.get(mic.hash)
  const isSame = digest !== undefined && isSameMic(mic, { hash: mic.hash, digest })
  if (!isSame) return verdict('mic-differs')
  return verdict(isUnproven ? 'unproven' : 'proved')
}

/** Of an answer that is no receipt, or whose signature does not hold. */
export function failedReceipt(code: 'unreadable' | 'signature-invalid'): ReceiptVerdict {
  return { code, ...VERDICTS[code], disposition: undefined, mic: undefined }
}
