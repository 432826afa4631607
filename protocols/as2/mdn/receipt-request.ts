import { hashByMicalg, hashRow, type HashName, type LegacyAlgorithm } from '../cms/algorithms.ts'
import type { HeaderFields } from '../mime/header-fields.ts'
import type { FailureModifier } from './disposition.ts'

/** What a sender asks for with Disposition-Notification-To and -Options (RFC 4130 §7.3). */
export interface ReceiptRequest {
  readonly isSigned: boolean
  /** Hashes that the MIC may be of, known ones in the sender's order; empty when it does not say. */
  readonly hashes: readonly HashName[]
  /** No other hash will do. */
  readonly areHashesRequired: boolean
  /** Where the receipt shall be posted later; undefined = in the answer. Not checked here. */
  readonly deliverTo: string | undefined
  /** What cannot be given and was said to be required. */
  readonly failure: FailureModifier | undefined
}

interface Option {
  readonly isRequired: boolean
  readonly values: readonly string[]
}

/** @returns undefined when no receipt is asked for */
export function parseReceiptRequest(headers: HeaderFields): ReceiptRequest | undefined {
  if (headers.get('disposition-notification-to') === undefined) return undefined
  const options = parseOptions(headers.get('disposition-notification-options') ?? '')
  const protocol = options.get('signed-receipt-protocol')
  const micalg = options.get('signed-receipt-micalg')
  const hashes = (micalg?.values ?? []).flatMap((value) => hashByMicalg(value)?.name ?? [])
  const knowsProtocol =
    protocol === undefined ||
    protocol.values.some((value) => /^(?:x-)?pkcs7-signature$/.test(value))
  const failure =
    !knowsProtocol && protocol.isRequired
      ? 'unsupported format'
      : micalg?.isRequired === true && hashes.length === 0
        ? 'unsupported MIC-algorithms'
        : undefined
  return {
    isSigned: (protocol !== undefined || micalg !== undefined) && knowsProtocol,
    hashes: [...new Set(hashes)],
    areHashesRequired: micalg?.isRequired === true,
    deliverTo: headers.get('receipt-delivery-option'),
    failure,
  }
}

/** The first that is allowed; SHA-256 when none is, or none was named. */
export function receiptHash(
  { hashes }: ReceiptRequest,
  legacy: ReadonlySet<LegacyAlgorithm>,
): HashName {
  const isAllowed = (name: HashName): boolean => {
    const row = hashRow(name)
    return row.canSend && (row.legacy === undefined || legacy.has(row.legacy))
  }
  return hashes.find(isAllowed) ?? 'sha256'
}

/** The value of Disposition-Notification-Options. */
export function writeReceiptOptions(hashes: readonly HashName[]): string {
  const names = hashes.map((name) => hashRow(name).micalg).join(',')
  return `signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,${names}`
}

function parseOptions(text: string): ReadonlyMap<string, Option> {
  const options = new Map<string, Option>()
  for (const part of text.split(';')) {
    const [name = '', list = ''] = part.split('=')
    const [importance, ...values] = list
      .split(',')
      .map((value) => value.replaceAll(/[\s"]/g, '').toLowerCase())
    const isNamed = importance === 'required' || importance === 'optional'
    options.set(name.trim().toLowerCase(), {
      isRequired: importance === 'required',
      // Some leave the importance out.
      values: isNamed ? values : [importance ?? '', ...values],
    })
  }
  options.delete('')
  return options
}
