import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import type { Finding, FlowDocument } from '../flow.ts'
import { HiddenParts } from './hidden-parts.ts'

/** What invoices of a flow are told by, wherever it stands in a text. */
export interface NamedInvoice {
  readonly number: string | null
  readonly supplier_id: string | null
  readonly supplier_name: string | null
  readonly recipient_id: string | null
  readonly recipient_name: string | null
}

/** Letters and digits from which on two words hardly ever get the same. */
const SHORTEST_DISTINCT = 9

/**
 * Words in the place of others: the same for the same, for whoever has the key and for nobody else.
 * Digits stay digits and letters letters, so that what reads them still can.
 */
export class Pseudonyms {
  readonly #key: KeyObject

  /** @param key of one export; another one gives other words */
  constructor(key: Buffer = randomBytes(32)) {
    this.#key = createSecretKey(key)
  }

  /** A flow without anything by which a partner, a company, a person or an invoice is known. */
  flow(flow: FlowDocument, invoices: readonly NamedInvoice[]): FlowDocument {
    const code = flow.applicationCode
    const ofCode = (text: string): string => text.replaceAll(code, this.code(code))
    const parts = new HiddenParts(termsOf(flow, invoices))
    return {
      ...flow,
      number: ofCode(flow.number),
      applicationCode: this.code(code),
      connectionId: `cnx_${this.#digest('connection', flow.connectionId).slice(0, 26)}`,
      file: {
        ...flow.file,
        name: ofCode(flow.file.name),
        sha256: this.#digest('content', flow.file.sha256),
      },
      findings: flow.findings.map((finding) => this.#finding(finding, parts)),
      returns: flow.returns.map((back) => ({
        ...back,
        name: ofCode(back.name),
        // Addresses, certificates and words of the partner are in it.
        lastAttempt: null,
      })),
    }
  }

  /** Another word of the same shape; a short one gets an end, so that two stay two. */
  word(value: string): string {
    const isShort = value.replaceAll(/[^0-9A-Za-z]/g, '').length < SHORTEST_DISTINCT
    return isShort
      ? `${this.code(value)}.${this.#digest('word', value).slice(0, 6)}`
      : this.code(value)
  }

  /** Exactly of the same shape. */
  code(value: string): string {
    const bytes = createHmac('sha512', this.#key).update(value).digest()
    return value.replaceAll(/[0-9A-Za-z]/g, (character, at: number) => {
      const byte = bytes[at % bytes.length]! + at
      if (/[0-9]/.test(character)) return String(byte % 10)
      const letter = String.fromCodePoint(65 + (byte % 26))
      return /[a-z]/.test(character) ? letter.toLowerCase() : letter
    })
  }

  #finding(finding: Finding, parts: HiddenParts): Finding {
    const { invoice, file, message, remedy, platformText } = finding
    const text = (of: string): string => parts.replace(of, (part) => this.word(part))
    return {
      ...finding,
      ...(invoice === undefined ? {} : { invoice: this.word(invoice) }),
      ...(file === undefined ? {} : { file: this.#fileName(file) }),
      message: { en: text(message.en), fr: text(message.fr) },
      remedy: { en: text(remedy.en), fr: text(remedy.fr) },
      platformText: text(platformText),
    }
  }

  /** Its extension says what it is. */
  #fileName(name: string): string {
    const dot = name.lastIndexOf('.')
    return dot <= 0 ? this.word(name) : `${this.word(name.slice(0, dot))}${name.slice(dot)}`
  }

  #digest(kind: string, value: string): string {
    return createHmac('sha256', this.#key).update(`${kind} ${value}`).digest('hex')
  }
}

function termsOf(flow: FlowDocument, invoices: readonly NamedInvoice[]): ReadonlySet<string> {
  const terms = new Set([flow.applicationCode])
  for (const { file, invoice } of flow.findings) {
    if (file !== undefined) terms.add(file)
    if (invoice !== undefined) terms.add(invoice)
  }
  for (const invoice of invoices) {
    for (const value of Object.values(invoice) as (string | null)[]) {
      if (value !== null) terms.add(value)
    }
  }
  return terms
}
