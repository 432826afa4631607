/** What takes the place of something that is nobody's business. */
const MASK = '(hidden)'
/** Shorter values would mask words that mean nothing. */
const SHORTEST_SECRET = 6

/** Texts of any origin that look like secrets, or name a person. */
const PATTERNS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/-----BEGIN [^-]+-----[\s\S]*?(-----END [^-]+-----|$)/g, MASK],
  // Credentials of a URL, up to the last @: a password may stand there with / and @ as they are.
  [/(\b[a-z][a-z\d+.-]*:\/\/)[^\s"'<>]*@/gi, `$1${MASK}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${MASK}`],
  [
    /\b(password|passphrase|secret|token|authorization|cookie|signature|sig|api-?key|mot de passe)(["']?\s*[=:]\s*["']?)[^\s"',;}]+/gi,
    `$1$2${MASK}`,
  ],
  [/[\w.%+-]+@[\w-]+(\.[\w-]+)+/g, MASK],
  // Of an invoice, or of anything else that came from a partner.
  [/<[?/]?[a-z][^>]*>[\s\S]*/gi, MASK],
]

/**
 * Takes secrets, addresses of people and pieces of documents out of a text.
 * @param secrets values that are known to be some
 */
export function createScrub(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .toSorted((one, other) => other.length - one.length)
  return (text) => {
    const masked = known.reduce((left, secret) => left.replaceAll(secret, MASK), text)
    return PATTERNS.reduce((left, [pattern, instead]) => left.replaceAll(pattern, instead), masked)
  }
}
