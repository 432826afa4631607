import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { CipherName, HashName, LegacyAlgorithm } from './cms/algorithms.ts'
import type { MimeQuirks } from './mime/entity.ts'

/** How messages to one partner are built, and what is asked of its receipts. */
export interface SendingPolicy {
  readonly sign: { readonly hash: HashName; readonly pss?: boolean } | undefined
  /** OAEP with this hash; PKCS#1 v1.5 otherwise, which every product reads. */
  readonly encrypt: { readonly cipher: CipherName; readonly oaep?: HashName } | undefined
  /** Inside or outside of the signature. */
  readonly compress: 'before-signature' | 'after-signature' | undefined
  readonly receipt: 'signed' | 'unsigned' | 'none'
  /** Where the receipt shall be posted later; undefined = in the answer. */
  readonly receiptUrl?: string
  /** Hashes that the receipt may use, the first is the one preferred. */
  readonly receiptHashes: readonly HashName[]
  /** Adds CMSAlgorithmProtection (RFC 6211). */
  readonly protectAlgorithms?: boolean
  /** How SHA-2 is spelled. */
  readonly micalg?: 'new' | 'old'
  readonly isChunked?: boolean
  readonly expectsContinue?: boolean
  readonly legacy: ReadonlySet<LegacyAlgorithm>
  readonly quirks: MimeQuirks
}

/** What the gateway demands itself: signed, encrypted, AES-256, SHA-2, a signed receipt at once. */
export const DEFAULT_SENDING: SendingPolicy = {
  sign: { hash: 'sha256' },
  encrypt: { cipher: 'aes256-cbc' },
  compress: undefined,
  receipt: 'signed',
  receiptHashes: ['sha256'],
  legacy: new Set(),
  quirks: {},
}

/**
 * How return flows go to one partner, by the settings of its connection.
 * @param receiptUrl where its receipts shall be posted; undefined = in the answer
 */
export function sendingPolicy(settings: As2Policy, receiptUrl: string | undefined): SendingPolicy {
  const { sign, pss, encrypt, oaep, compress, receipt, micalgSpelling } = settings
  return {
    sign: sign === 'none' ? undefined : { hash: sign, pss },
    encrypt:
      encrypt === 'none' ? undefined : { cipher: encrypt, ...(oaep === 'none' ? {} : { oaep }) },
    compress: compress === 'none' ? undefined : compress,
    receipt,
    ...(receiptUrl === undefined ? {} : { receiptUrl }),
    receiptHashes: [sign === 'none' ? 'sha256' : sign],
    micalg: micalgSpelling,
    isChunked: settings.chunked,
    expectsContinue: settings.expectContinue,
    legacy: new Set(settings.legacy),
    quirks: { lfLineEnds: settings.lfLineEnds },
  }
}
