import { TAG, type DerElement } from './der.ts'
import { oidOf, partsOf, textOf } from './der-values.ts'

/** A name as a certificate carries it (X.501). */
export interface ReadName {
  /** `C=FR, O=ACME, CN=edi.acme.example`: in the certificate's order, one line, safe to print. */
  readonly text: string
  /** Equal for names that RFC 5280 §7.1 has compared as equal. */
  readonly key: string
  readonly der: Buffer
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

const MAX_VALUE_CHARACTERS = 200
const MAX_NAME_CHARACTERS = 1_000

/** @throws DerError when it is no name */
export function readName(element: DerElement): ReadName {
  const texts: string[] = []
  const keys: string[] = []
  for (const relative of element.as(TAG.sequence, 'a name').children()) {
    const parts = relative.as(TAG.set, 'a relative name').children().map(readAttribute)
    texts.push(parts.map((part) => part.text).join(' + '))
    keys.push(
      parts
        .map((part) => part.key)
        .sort()
        .join('+'),
    )
  }
  const text = texts.join(', ')
  return {
    text: text.length > MAX_NAME_CHARACTERS ? `${text.slice(0, MAX_NAME_CHARACTERS)}…` : text,
    key: JSON.stringify(keys),
    der: element.raw,
  }
}

function readAttribute(element: DerElement): { readonly text: string; readonly key: string } {
  const [type, value] = partsOf(element, TAG.sequence, 2, 'an attribute of a name') as [
    DerElement,
    DerElement,
  ]
  const oid = oidOf(type)
  const text = textOf(value)
  return {
    text: `${ATTRIBUTES[oid] ?? oid}=${shown(text ?? `#${value.content.toString('hex')}`)}`,
    key:
      text === undefined
        ? `${oid}#${value.raw.toString('hex')}`
        : `${oid}=${text.trim().replaceAll(/\s+/g, ' ').toLowerCase()}`,
  }
}

/** What a terminal, a log or a page can show: no control, direction or line-end characters. */
function shown(value: string): string {
  const short =
    value.length > MAX_VALUE_CHARACTERS ? `${value.slice(0, MAX_VALUE_CHARACTERS)}…` : value
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?').replaceAll(/[\\,+"]/g, '\\$&')
}
