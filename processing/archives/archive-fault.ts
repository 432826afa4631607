import type { BilingualText, Finding } from '../../gateway/flow.ts'
import { motiveFinding, type MotiveCode } from '../motives.ts'

/** What is wrong with an archive or one of its files, before it becomes a finding. */
export interface Fault {
  readonly code: MotiveCode
  /** Id of ours, finer than the motive: `ARC-LINK`. */
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy?: BilingualText
  /** Name of the entry concerned, as far as it can be shown. */
  readonly file?: string
}

/**
 * Ends the reading of an archive. Thrown inside this folder only, across the layers of a stream;
 * `extractFlow` turns it into a finding, which is what the rest of the program sees.
 */
export class ArchiveFault extends Error implements Fault {
  readonly code: MotiveCode
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy?: BilingualText
  readonly file?: string

  constructor(fault: Fault) {
    super(`${fault.rule}: ${fault.detail.en}`)
    this.name = 'ArchiveFault'
    this.code = fault.code
    this.rule = fault.rule
    this.detail = fault.detail
    if (fault.remedy !== undefined) this.remedy = fault.remedy
    if (fault.file !== undefined) this.file = fault.file
  }
}

export function faultFinding(fault: Fault): Finding {
  const { code, rule, detail, remedy, file } = fault
  return motiveFinding(code, {
    rule,
    detail,
    ...(remedy === undefined ? {} : { remedy }),
    ...(file === undefined ? {} : { file }),
  })
}

/** What a sender wrote: at most 200 characters, nothing that could act on a screen. */
export function shown(text: string): string {
  const start = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return start.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What a sender wrote, between the quotation marks of each language. */
export function quoted(text: string): BilingualText {
  return { en: `“${shown(text)}”`, fr: `« ${shown(text)} »` }
}
