/** What an MDN says became of a message (RFC 4130 §7.4.3, RFC 8098 §3.2.6, 4130bis). */

/** After `processed/error: `. */
export const ERROR_MODIFIERS = [
  'authentication-failed',
  'integrity-check-failed',
  'decryption-failed',
  'decompression-failed',
  'insufficient-message-security',
  'unexpected-processing-error',
  'unknown-trading-relationship',
  'unknown-trading-partner',
  'invalid-message-id',
  'duplicate-filename',
  'illegal-filename',
] as const

/** After `processed/warning: `. */
export const WARNING_MODIFIERS = [
  'duplicate-document',
  'duplicate-filename',
  'authentication-failed, processing continued',
] as const

/** After `failed/failure: `: the receipt that was asked for cannot be given. */
export const FAILURE_MODIFIERS = [
  'unsupported format',
  'unsupported MIC-algorithms',
  'sender-equals-receiver',
] as const

export type ErrorModifier = (typeof ERROR_MODIFIERS)[number]
export type WarningModifier = (typeof WARNING_MODIFIERS)[number]
export type FailureModifier = (typeof FAILURE_MODIFIERS)[number]

/** A disposition that we give. */
export type Disposition =
  | { readonly type: 'processed' }
  | { readonly type: 'processed'; readonly error: ErrorModifier }
  | { readonly type: 'processed'; readonly warning: WarningModifier }
  | { readonly type: 'failed'; readonly failure: FailureModifier }

/** A disposition that we are given: partners have modifiers of their own. */
export interface ReadDisposition {
  readonly type: 'processed' | 'failed'
  readonly severity: 'none' | 'warning' | 'error' | 'failure'
  /** What follows the colon, in lower case and of one blank; one of the above or another text. */
  readonly modifier: string | undefined
}

const MODE = 'automatic-action/MDN-sent-automatically'

/** `automatic-action/MDN-sent-automatically; processed/error: decryption-failed`. */
export function writeDisposition(disposition: Disposition): string {
  return `${MODE}; ${disposition.type}${modifierOf(disposition)}`
}

function modifierOf(disposition: Disposition): string {
  if ('error' in disposition) return `/error: ${disposition.error}`
  if ('warning' in disposition) return `/warning: ${disposition.warning}`
  return 'failure' in disposition ? `/failure: ${disposition.failure}` : ''
}

const ACTION = /^\s*(?:automatic|manual)-action\s*\/\s*MDN-sent-(?:automatically|manually)\s*$/i
const TYPE = /^\s*(processed|failed)\s*(?:\/([^:]*)(?::(.*))?)?$/i
const SEVERITIES: ReadonlyMap<string, ReadDisposition['severity']> = new Map([
  ['error', 'error'],
  ['warning', 'warning'],
  ['failure', 'failure'],
])

/**
 * Reads the value of a Disposition field; blanks may stand anywhere, case does not matter.
 * @param extra `Error`, `Warning` and `Failure` fields, for senders that put the modifier there
 * @returns undefined for what is no disposition (`…; error: …` without `processed/` is none)
 */
export function parseDisposition(
  value: string,
  extra: Readonly<Partial<Record<'error' | 'warning' | 'failure', string>>> = {},
): ReadDisposition | undefined {
  const at = value.indexOf(';')
  const match = TYPE.exec(value.slice(at + 1).trim())
  if (at === -1 || !ACTION.test(value.slice(0, at)) || match === null) return undefined
  const type = match[1]!.toLowerCase() as ReadDisposition['type']
  const word = match[2]?.trim().toLowerCase()
  // A modifier of no known severity is an error: it is not plain success.
  const severity =
    word === undefined || word === ''
      ? type === 'failed'
        ? 'failure'
        : 'none'
      : (SEVERITIES.get(word) ?? 'error')
  const isKnownWord = word !== undefined && SEVERITIES.has(word)
  const own = match[3] ?? (isKnownWord || word === '' ? undefined : word)
  const text = own ?? (severity === 'none' ? undefined : extra[severity])
  return { type, severity, modifier: text === undefined ? undefined : tidy(text) }
}

function tidy(text: string): string | undefined {
  const bare = text.trim().replaceAll(/\s+/g, ' ').toLowerCase()
  return bare === '' ? undefined : bare
}
