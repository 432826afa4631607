/** One rule of the public certification rounds and of the RFCs that they rest on. */
export interface As2Rule {
  readonly rule: string
  /** Test case of the rounds (Drummond, as its public reports name them), or section. */
  readonly source: string
}

/** Each is a test of this name in test/contract/as2-conformance.test.ts; docs/conformance-as2.md lists them. */
export const AS2_RULES = {
  'plain-sync': {
    rule: 'a message neither signed nor encrypted, its receipt in the answer',
    source: 'case A',
  },
  'tls-sync': {
    rule: 'signed and encrypted over TLS, receipt in the answer',
    source: 'cases C, H',
  },
  compressed: { rule: 'a compressed message, unsigned', source: 'case D, RFC 5402' },
  signed: { rule: 'a signed message without compression', source: 'case F' },
  'signed-compressed-tls': { rule: 'signed and compressed, over TLS', source: 'case G' },
  'large-tls-sync': { rule: 'a large message over TLS, receipt in the answer', source: 'case I' },
  'large-async': {
    rule: 'a large message, signed and compressed: 200 first, the receipt is posted later',
    source: 'case J, RFC 4130 §7.6',
  },
  'bad-signature': {
    rule: 'a signature that does not hold: processed/error: authentication-failed',
    source: 'case K.1',
  },
  'bad-digest': {
    rule: 'octets that are not what was signed: processed/error: integrity-check-failed, with the MIC of what came',
    source: 'case K.1',
  },
  'bad-encryption': {
    rule: 'a message that cannot be decrypted: processed/error: decryption-failed, no MIC',
    source: 'case K.2',
  },
  'bad-compression': {
    rule: 'compressed data that do not inflate: processed/error: decompression-failed',
    source: 'case K.3',
  },
  chunked: { rule: 'a message in chunks', source: 'profile CTE' },
  'sha-2': {
    rule: 'signatures and receipts with SHA-256, SHA-384 and SHA-512',
    source: 'profile SHA-2',
  },
  aes: { rule: 'AES of 128, 192 and 256 bits, CBC and GCM', source: 'profile AES' },
  reliability: {
    rule: 'the same Message-ID and content again: the same receipt, one flow',
    source: 'profile Reliability, RFC 4130 §5.5',
  },
  'basic-authentication': {
    rule: 'user and password of the URL are sent as Basic authentication',
    source: 'profile BA',
  },
  'file-name': {
    rule: 'the file name of the innermost part is the name of the flow',
    source: 'profile FN',
  },
  'file-name-refused': {
    rule: 'a file name that is refused is answered in the receipt, in place of the flow',
    source: 'profile FN-MDN',
  },
  'names-quoted': {
    rule: 'AS2 names are quoted when they need it, and only then',
    source: 'consensus, RFC 4130 §6.2',
  },
  'headers-unfolded': {
    rule: 'no header is folded, no Expect, no length beside chunks',
    source: 'consensus',
  },
  'receipt-without-length': {
    rule: 'a receipt without Content-Length is read',
    source: 'consensus',
  },
  'receipt-without-message-id': {
    rule: 'a receipt without a Message-ID of its own is read',
    source: 'consensus',
  },
  'answer-204': { rule: '204 is an answer like 200: the receipt is awaited', source: 'consensus' },
  'interim-102': { rule: 'interim answers (102) are no answer', source: '4130bis' },
  'errors-are-200': {
    rule: 'what is wrong with a message is said in a receipt under 200',
    source: 'RFC 4130 §7.1',
  },
  'failed-is-about-receipts': {
    rule: 'failed/failure is said only of a receipt that cannot be given',
    source: 'RFC 4130 §7.5.4',
  },
  'mic-signed-compressed': {
    rule: 'compressed then signed: the MIC is over the compressed part as signed',
    source: 'RFC 5402 §4.1',
  },
  'mic-unsigned-encrypted': {
    rule: 'encrypted, unsigned: the MIC is over the whole entity, headers too',
    source: 'RFC 4130 §7.3.1',
  },
  'mic-plain': { rule: 'plain: the MIC is over the content alone', source: 'RFC 4130 §7.3.1' },
  'retry-5xx': {
    rule: '5xx, 408, 425 and 429 are worth another try with the same Message-ID; other 4xx are not',
    source: '4130bis',
  },
} as const satisfies Readonly<Record<string, As2Rule>>

export type As2RuleName = keyof typeof AS2_RULES

/** Profiles of the rounds that are not built, and why. */
export const AS2_NOT_BUILT: readonly As2Rule[] = [
  {
    rule: 'several attachments in one message (multipart/related)',
    source: 'profiles MA-A … MA-E: a flow is one file (chorus-pro-edi §4)',
  },
  {
    rule: 'exchange of certificates by message',
    source: 'profile CEM: certificates are renewed in the form, several are in force at once',
  },
  {
    rule: 'a transfer goes on where it was cut',
    source:
      'profile Restart: nobody among the open peers has it; the message is posted again, one flow',
  },
]
