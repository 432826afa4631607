import { diagnosticRow, diagnosticText } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { fpduHead, hasData } from './fpdu.ts'
import type { Fpdu, ParameterFpdu } from './fpdu.ts'
import { readParameters } from './fpdu-parameters.ts'
import { parameterKey, parameterRow } from './parameter-table.ts'
import type {
  CompressionOption,
  ParameterKey,
  ParameterRow,
  SyncOption,
} from './parameter-table.ts'
import { isGroup } from './parameter-units.ts'
import type { ParameterUnit } from './parameter-units.ts'
import { readValue } from './parameter-values.ts'
import { COMPRESSION_KINDS } from './compression.ts'
import { PesitFault } from './pesit-fault.ts'
import type { PreConnection } from './pre-connection.ts'
import { PRE_CONNECTION_BYTES } from './pre-connection.ts'

/** An FPDU for the eyes: secrets masked, bytes of the file left out. */
export interface FpduDescription {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** By `PI 3 requester`, in the order of the wire; members of groups likewise. */
  readonly fields: Readonly<Record<string, string>>
  /** All bytes, secrets as `**`; of a data FPDU the header only. */
  readonly hex: string
  /** Rules of the protocol that it breaks, each a sentence. */
  readonly verdicts: readonly string[]
}

const SECRET = '***'

/** Never throws: what cannot be read is said in `verdicts`. */
export function describeFpdu(fpdu: Fpdu): FpduDescription {
  if (hasData(fpdu)) {
    const { name, octetSix, data } = fpdu
    const articles = octetSix > 0 ? `, ${octetSix} articles` : ''
    return {
      name,
      summary: `${name} ${data.length} bytes${articles}`,
      fields: {},
      hex: `${fpduHead(fpdu, data.length).toString('hex')} … ${data.length} bytes of the file`,
      verdicts: [],
    }
  }
  const fields: Record<string, string> = {}
  for (const unit of fpdu.units) {
    for (const { code, value } of isGroup(unit) ? unit.members : [unit]) {
      fields[fieldName(code)] = valueText(code, value)
    }
  }
  const said = Object.entries(fields).map(([field, text]) => `${field} = ${text}`)
  return {
    name: fpdu.name,
    summary: [fpdu.name, said.join(', ')].filter(Boolean).join(' '),
    fields,
    hex: maskedHex(fpdu),
    verdicts: verdictsOn(fpdu),
  }
}

/** The pre-connection; its password and the bytes of it are masked. */
export function describePreConnection(message: PreConnection, raw: Buffer): FpduDescription {
  const { service, caller } = message
  const shown = PRE_CONNECTION_BYTES - 8
  return {
    name: 'PRE-CONNECTION',
    summary: `PRE-CONNECTION ${printable(service)}, caller ${printable(caller)}`,
    fields: { service: printable(service), caller: printable(caller), password: SECRET },
    hex: raw.subarray(0, shown).toString('hex') + '**'.repeat(raw.length - shown),
    verdicts: [],
  }
}

function fieldName(code: number): string {
  const key = parameterKey(code)
  return key === undefined ? `PI ${code}` : `PI ${code} ${parameterRow(key).label}`
}

function verdictsOn(fpdu: ParameterFpdu): readonly string[] {
  try {
    return readParameters(fpdu, 'lenient').notes
  } catch (error) {
    if (error instanceof PesitFault) return [`${error.diagnostic} ${error.message}`]
    throw error
  }
}

function valueText(code: number, value: Buffer): string {
  const key = parameterKey(code)
  if (key === undefined) return value.toString('hex')
  const row: ParameterRow = parameterRow(key)
  if (row.isSecret === true) return SECRET
  const read = tryRead(key, value)
  if (read === undefined) return `${value.toString('hex')} (unreadable)`
  switch (row.coding) {
    case 'text':
    case 'date':
      return printable(read as string)
    case 'number':
    case 'version':
    case 'count':
      return (read as number | bigint).toString()
    case 'symbol':
      return `${Number(read)} (${row.symbols?.[Number(read)] ?? 'unknown'})`
    case 'mask':
      return Number(read).toString(16).padStart(2, '0')
    case 'diagnostic':
      return diagnosticLine(read as Diagnostic)
    case 'sync': {
      const { intervalKib, window } = read as SyncOption
      return intervalKib === 0 ? 'none' : `every ${intervalKib} KiB, window ${window}`
    }
    case 'compression': {
      const { isOn, kind } = read as CompressionOption
      return isOn ? (COMPRESSION_KINDS[kind] ?? 'unknown') : 'none'
    }
    case 'bytes':
      return value.toString('hex')
  }
}

function tryRead(key: ParameterKey, value: Buffer): unknown {
  try {
    return readValue(key, value)
  } catch (error) {
    if (error instanceof PesitFault) return undefined
    throw error
  }
}

function diagnosticLine(value: Diagnostic): string {
  const row = diagnosticRow(value)
  const text = diagnosticText(value)
  return row === undefined ? text : `${text} ${row.cause.en}`
}

/** A partner chose these characters: none of them may act on a terminal. */
function printable(text: string): string {
  return text.replace(
    /[^\x20-\x7e\xa1-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function maskedHex(fpdu: ParameterFpdu): string {
  const body = fpdu.units.map((unit) => unitHex(unit)).join('')
  return fpduHead(fpdu, body.length / 2).toString('hex') + body
}

function unitHex(unit: ParameterUnit): string {
  const value = isGroup(unit)
    ? unit.members.map((member) => unitHex(member)).join('')
    : isSecret(unit.code)
      ? '**'.repeat(unit.value.length)
      : unit.value.toString('hex')
  const length = value.length / 2
  const said = length < 0xff ? [unit.code, length] : [unit.code, 0xff, length >> 8, length & 0xff]
  return Buffer.from(said).toString('hex') + value
}

function isSecret(code: number): boolean {
  const key = parameterKey(code)
  return key !== undefined && parameterRow(key).isSecret === true
}
