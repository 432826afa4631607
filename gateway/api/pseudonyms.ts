import { createHmac, randomBytes } from 'node:crypto'
import type { Finding, FlowDocument } from '../flow.ts'

/** What invoices of a flow are told by, wherever it stands in a text. */
export interface NamedInvoice {
  readonly number: string | null
  readonly supplier_id: string | null
  readonly supplier_name: string | null
  readonly recipient_id: string | null
  readonly recipient_name: string | null
}

/** In this order: what is quoted, mail addresses, SIREN, SIRET and VAT numbers of companies. */
const KNOWN_SHAPES = [
  '(?<=["“«]\\s?)[^"“”«»]{1,200}(?=\\s?["”»])',
  '[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+',
  '\\b(?:FR[0-9A-Z]{2})?\\d{9}(?:\\d{5})?\\b',
]
/** Shorter than this, a word may be part of any other. */
const SHORTEST_TERM = 3
/** Letters and digits from which on two words hardly ever get the same. */
const SHORTEST_DISTINCT = 9

/**
 * Words in the place of others: the same for the same, for whoever has the key and for nobody else.
 * Digits stay digits and letters letters, so that what reads them still can.
 */
export class Pseudonyms {
  readonly #key: Buffer

  /** @param key of one export; another one gives other words */
  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  /** A flow without anything by which a partner, a company, a person or an invoice is known. */
  flow(flow: FlowDocument, invoices: readonly NamedInvoice[]): FlowDocument {
    const code = flow.applicationCode
    const ofCode = (text: string): string => text.replaceAll(code, this.code(code))
    const terms = termsOf(flow, invoices)
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
      findings: flow.findings.map((finding) => this.#finding(finding, terms)),
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

  #finding(finding: Finding, terms: readonly string[]): Finding {
    const { invoice, file, message, remedy, platformText } = finding
    const text = (of: string): string => this.#text(of, terms)
    return {
      ...finding,
      ...(invoice === undefined ? {} : { invoice: this.word(invoice) }),
      ...(file === undefined ? {} : { file: this.#fileName(file) }),
      message: { en: text(message.en), fr: text(message.fr) },
      remedy: { en: text(remedy.en), fr: text(remedy.fr) },
      platformText: text(platformText),
    }
  }

  /** In one pass: what stands in the place of a word is not replaced again. */
  #text(text: string, terms: readonly string[]): string {
    const named = terms.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const hidden = new RegExp([...named, ...KNOWN_SHAPES].join('|'), 'g')
    return text.replaceAll(hidden, (found) => this.word(found))
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

/** Longest first: a name may hold another one. */
function termsOf(flow: FlowDocument, invoices: readonly NamedInvoice[]): readonly string[] {
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
  return [...terms]
    .filter((term) => term.length >= SHORTEST_TERM)
    .toSorted((one, other) => other.length - one.length)
}
