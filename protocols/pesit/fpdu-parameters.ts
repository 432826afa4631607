import { isNegative } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { ParameterFpdu } from './fpdu.ts'
import { FPDU_CONTENTS } from './fpdu-contents.ts'
import type { ContentSlot } from './fpdu-contents.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { parameterKey, parameterRow } from './parameter-table.ts'
import type { ParameterKey, ParameterValues } from './parameter-table.ts'
import { isGroup } from './parameter-units.ts'
import type { ParameterUnit, PlainUnit } from './parameter-units.ts'
import { readValue, writeValue } from './parameter-values.ts'
import { parameterFault, UnsendableValue } from './pesit-fault.ts'

/** `lenient` takes what peers really send; `strict` is the letter of the specification. */
export type Strictness = 'lenient' | 'strict'

export interface ReadParameters {
  readonly values: ParameterValues
  /** Liberties the peer took that were let pass, each a sentence for the transcript. */
  readonly notes: readonly string[]
}

/**
 * Reads and judges the parameters of an FPDU by the table of its contents.
 *
 * Lenient mode lets pass, with a note: codes that are unknown or foreign to the FPDU, members of a
 * group outside it, and wrong order except in CONNECT (reference §4, §6).
 * @throws PesitFault 3/318: a mandatory one is missing, one is repeated, or has an illegal content
 */
export function readParameters(fpdu: ParameterFpdu, mode: Strictness): ReadParameters {
  const notes: string[] = []
  const values: Partial<Record<ParameterKey, unknown>> = {}
  const seen = new Set<ParameterKey>()
  const slots = FPDU_CONTENTS[fpdu.name]
  const liberty = (sentence: string): void => {
    if (mode === 'strict') throw parameterFault(`${fpdu.name}: ${sentence}`)
    notes.push(sentence)
  }
  checkOrder(fpdu.units, (sentence) => {
    if (fpdu.name === 'CONNECT') throw parameterFault(`CONNECT: ${sentence}`)
    liberty(sentence)
  })
  for (const { code, value, group } of flatten(fpdu.units)) {
    const key = parameterKey(code)
    const slot = key && slots.find((candidate) => candidate.key === key)
    if (key === undefined || slot === undefined) {
      liberty(`PI ${code} does not belong in ${fpdu.name}`)
    } else if (seen.has(key)) {
      throw parameterFault(`${fpdu.name}: PI ${code} is there twice`)
    } else {
      if (slot.group !== group) liberty(misplaced(code, slot, group))
      seen.add(key)
      const read = readValue(key, value)
      if (read === undefined) notes.push(`PI ${code} is not a date`)
      else values[key] = read
    }
  }
  const isRefusal = isNegativeAnswer(values['diagnostic'] as Diagnostic | undefined)
  for (const { key, presence } of slots) {
    if (seen.has(key)) continue
    const { code, label } = parameterRow(key)
    if (presence === 'must' || (presence === 'positive' && !isRefusal)) {
      throw parameterFault(`${fpdu.name}: PI ${code} (${label}) is missing`)
    }
    if (presence === 'usual' && !isRefusal) liberty(`PI ${code} (${label}) is missing`)
  }
  return { values: values as ParameterValues, notes }
}

function isNegativeAnswer(value: Diagnostic | undefined): boolean {
  return value !== undefined && isNegative(value)
}

function misplaced(code: number, slot: ContentSlot, group: number | undefined): string {
  const found = group === undefined ? 'outside a group' : `in PGI ${group}`
  return slot.group === undefined
    ? `PI ${code} is ${found}`
    : `PI ${code} is ${found} and belongs in PGI ${slot.group}`
}

function flatten(
  units: readonly ParameterUnit[],
): readonly (PlainUnit & { readonly group?: number })[] {
  return units.flatMap((unit) =>
    isGroup(unit) ? unit.members.map((member) => ({ ...member, group: unit.code })) : [unit],
  )
}

function checkOrder(units: readonly ParameterUnit[], report: (sentence: string) => void): void {
  let previous = 0
  for (const unit of units) {
    if (unit.code < previous) report(`PI ${unit.code} comes after PI ${previous}`)
    previous = unit.code
    if (isGroup(unit)) checkOrder(unit.members, report)
  }
}

/**
 * The units of an FPDU, in the order of the wire and inside their groups. Empty texts are left out.
 * @throws UnsendableValue when a value is too long, out of range, or not for this FPDU
 */
export function makeUnits(
  name: ParameterFpduName,
  values: ParameterValues,
): readonly ParameterUnit[] {
  const units: (PlainUnit | { code: number; members: PlainUnit[] })[] = []
  for (const key of Object.keys(values)) {
    if (FPDU_CONTENTS[name].every((slot) => slot.key !== key)) {
      throw new UnsendableValue(`${name} has no place for ${key}`)
    }
  }
  for (const { key, group } of FPDU_CONTENTS[name]) {
    const value = values[key]
    const bytes = value === undefined ? undefined : writeValue(key, value)
    if (bytes === undefined) continue
    const unit = { code: parameterRow(key).code, value: bytes }
    const last = units.at(-1)
    if (group === undefined) units.push(unit)
    else if (last?.code === group && 'members' in last) last.members.push(unit)
    else units.push({ code: group, members: [unit] })
  }
  return units
}
