import type { BilingualText } from '../../gateway/flow.ts'
import { CONNECTION_DIAGNOSTICS } from './connection-diagnostics.ts'
import { FILE_DIAGNOSTICS } from './file-diagnostics.ts'

/** What a diagnostic means and what can be done, for the journal. */
export interface DiagnosticRow {
  readonly cause: BilingualText
  readonly remedy: BilingualText
}

/** Every diagnostic of PI 2 that is known, written type/reason (annex D; reference §12). */
export const DIAGNOSTICS = { ...FILE_DIAGNOSTICS, ...CONNECTION_DIAGNOSTICS }

export type DiagnosticName = keyof typeof DIAGNOSTICS

/** Octet 1 and octets 2–3 of PI 2. Any value may come; only those of the table are sent. */
export interface Diagnostic {
  /** 0 success, 1 warning, 2 recoverable, 3 blocking; a peer may send others. */
  readonly type: number
  readonly reason: number
}

const DIAGNOSTIC_BYTES = 3

export function diagnostic(name: DiagnosticName): Diagnostic {
  return { type: Number(name[0]), reason: Number(name.slice(2)) }
}

/** `3/304`; also for one that is not in the table. */
export function diagnosticText({ type, reason }: Diagnostic): string {
  return `${type}/${String(reason).padStart(3, '0')}`
}

const PRINTED = /^(\d)\/(\d{3})$/

/** What `diagnosticText` writes; undefined for another text. */
export function readDiagnostic(text: string): Diagnostic | undefined {
  const [, type, reason] = PRINTED.exec(text) ?? []
  return type === undefined ? undefined : { type: Number(type), reason: Number(reason) }
}

/** The row of a diagnostic; undefined when a peer made it up. */
export function diagnosticRow(value: Diagnostic): DiagnosticRow | undefined {
  const text = diagnosticText(value)
  return Object.hasOwn(DIAGNOSTICS, text) ? DIAGNOSTICS[text as DiagnosticName] : undefined
}

/** Type 1 is a warning and counts as success; 2 and above refuse (reference §9, conflict 17). */
export function isNegative(value: Diagnostic): boolean {
  return value.type >= 2
}

export function encodeDiagnostic({ type, reason }: Diagnostic): Buffer {
  return Buffer.from([type, reason >> 8, reason & 0xff])
}

/** @returns undefined when `bytes` is not a PI 2 value */
export function decodeDiagnostic(bytes: Buffer): Diagnostic | undefined {
  if (bytes.length !== DIAGNOSTIC_BYTES) return undefined
  return { type: bytes.readUInt8(0), reason: bytes.readUInt16BE(1) }
}
