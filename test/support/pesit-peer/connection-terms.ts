import { piBytes, piNumber } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { octets, text } from './parameters.ts'
import type { Compression } from './compression.ts'
import type { SingleParameter } from './parameters.ts'

/** PI 7: interval 0 = none, 65 535 = as the sender likes; window 0 = never acknowledged. */
export interface SyncTerms {
  readonly intervalKib: number
  readonly window: number
}

export const NO_SYNC: SyncTerms = { intervalKib: 0, window: 0 }
const UNDEFINED_INTERVAL = 0xffff

export function syncParameter(terms: SyncTerms | undefined): SingleParameter | undefined {
  if (terms === undefined) return undefined
  return octets(7, terms.intervalKib >> 8, terms.intervalKib & 0xff, terms.window)
}

export function syncTerms(fpdu: Fpdu): SyncTerms {
  const value = piBytes(fpdu, 7)
  if (value?.length !== 3 || value.readUInt16BE() === 0) return NO_SYNC
  return { intervalKib: value.readUInt16BE(), window: value[2] ?? 0 }
}

/** The smaller of each; an undefined interval loses to any number (reference §7.1). */
export function agreedSync(asked: SyncTerms, supported: SyncTerms): SyncTerms {
  if (asked.intervalKib === 0 || supported.intervalKib === 0) return NO_SYNC
  return {
    intervalKib: Math.min(asked.intervalKib, supported.intervalKib),
    window: Math.min(asked.window, supported.window),
  }
}

/** Faults of an answer to what was proposed. */
export function syncFaults(proposed: SyncTerms, answered: SyncTerms): string[] {
  const isLonger =
    answered.intervalKib > proposed.intervalKib && proposed.intervalKib !== UNDEFINED_INTERVAL
  if (!isLonger && answered.window <= proposed.window) return []
  return [`PI 7 answered ${JSON.stringify(answered)}, proposed ${JSON.stringify(proposed)}`]
}

/** PI 5: the current password, and the new one from octet 9. */
export function passwordParameter(
  password: string | undefined,
  newPassword?: string,
): SingleParameter | undefined {
  if (password === undefined) return undefined
  return text(5, newPassword === undefined ? password : password.padEnd(8) + newPassword)
}

export function compressionParameter(
  compression: Compression | undefined,
): SingleParameter | undefined {
  return compression === undefined ? undefined : octets(21, 1, compression)
}

/** PI 21 of ORF or ACK(ORF); undefined when it says no, or nothing. */
export function statedCompression(fpdu: Fpdu): Compression | undefined {
  const value = piBytes(fpdu, 21)
  const kind = value?.[0] === 1 ? value[1] : 0
  return kind === 1 || kind === 2 || kind === 3 ? kind : undefined
}

/** The peer's PI 25, never above ours (reference §2.2). */
export function agreedEntityBytes(fpdu: Fpdu, ours: number): number {
  return Math.min(piNumber(fpdu, 25) ?? ours, ours)
}
