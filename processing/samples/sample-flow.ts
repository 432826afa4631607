import { createHash } from 'node:crypto'
import { recommendedName } from '../../config/flow-name.ts'
import type { InterfaceCode, InvoiceFamily } from '../../config/interface-codes.ts'
import type { ProcessingMode } from '../../gateway/flow.ts'
import type { ArchiveFile } from '../archives/write-archive.ts'
import { checkInvoices, type CheckPolicy } from '../check-invoices.ts'
import { decideFlow, type Decision, type DecisionInput } from '../decision.ts'
import { SampleFault } from './adapt-invoice.ts'
import {
  findSingleFault,
  pureFaults,
  type BrokenInvoice,
  type SingleFault,
} from './break-invoice.ts'
import { applyEdits } from './element-ranges.ts'
import { sampleMaker, type SampleMaker, type SampleOrder } from './sample-makers.ts'

export interface SampleFlowOrder extends Omit<SampleOrder, 'number'> {
  /** One that carries invoices: `sampleMaker` knows it. */
  readonly code: InterfaceCode
  readonly applicationCode: string
  /** Flow number; undefined = one of the seed's. */
  readonly sequence?: number | undefined
  /** At most 999 999. */
  readonly invoices: number
  /** Of those, how many have one fault each. */
  readonly bad: number
  /** The rule that the bad ones break; undefined = for each one that the seed chooses. */
  readonly rule?: string | undefined
  /** The same order with the same seed is the same bytes. */
  readonly seed: string
  readonly settings: Omit<CheckPolicy['settings'], 'family'>
  readonly xsdFailure: DecisionInput['xsdFailure']
}

/** What is expected of one invoice. */
export interface SampleInvoiceVerdict {
  /** Place in the flow, from 1. */
  readonly ordinal: number
  readonly file: string
  readonly number: string
  readonly verdict: 'accepted' | 'refused'
  /** Null for a valid one. */
  readonly fault: (Omit<BrokenInvoice, 'xml'> & { readonly rule: string }) | null
}

/** What is expected of the flow, by the mode of its interface code on the connection. */
export type ModeVerdicts = Readonly<Record<ProcessingMode, Decision['state']>>

export interface SampleFlow {
  /** Of the flow: `<code>_<application>_<identifier>.tar.gz`. */
  readonly fileName: string
  readonly expected: ModeVerdicts
  readonly invoices: readonly SampleInvoiceVerdict[]
  /** The invoices, in their order, made as they are read. */
  readonly files: () => Generator<ArchiveFile>
}

/**
 * A flow of valid invoices and bad ones, and what a gateway must make of it. Recipients are taken to
 * be in its directory and to ask for no service or engagement but `SERVICE-1` and `ENG-1`.
 * @throws SampleFault when no single change of a sample breaks the rule, or the rule only warns
 */
export function makeSampleFlow(order: SampleFlowOrder): SampleFlow {
  const { code, applicationCode, invoices } = order
  const maker = sampleMaker(code)
  if (maker === undefined) throw new SampleFault(`no samples are made for ${code.code}`)
  const seed = `${order.seed}|${code.code}|${applicationCode}`
  const policy = policyOf(order)
  const prefix = BigInt(`0x${digest(seed, 'numbers')}`)
    .toString(36)
    .slice(0, 8)
    .toUpperCase()
  const numberOf = (ordinal: number): string => `${prefix}-${String(ordinal).padStart(6, '0')}`
  const template: Template = {
    number: numberOf(1),
    xml: maker.xml({ ...order, number: numberOf(1) }),
  }
  const bad = faultsByOrdinal(order, seed, template, policy)

  const fileOf = (ordinal: number): Buffer => {
    const number = numberOf(ordinal)
    const xml = maker.xml({ ...order, number })
    const fault = bad.get(ordinal)
    return maker.file(fault === undefined ? xml : broken(xml, fault, template, number), number)
  }
  let structureFailed = 0
  for (const [ordinal, fault] of bad) {
    const judged = judge(fileOf(ordinal), maker, policy)
    if (!judged.fatal.has(fault.rule)) {
      throw new SampleFault(`an invoice that breaks ${fault.rule} is not refused for it`)
    }
    if (judged.structureFailed) structureFailed += 1
  }
  const input = {
    total: invoices,
    bad: bad.size,
    structureFailed,
    technicalFailure: false,
    xsdFailure: order.xsdFailure,
  }
  const sequence = order.sequence ?? seededFlowNumber(seed)
  return {
    fileName: recommendedName(code.code, applicationCode, sequence, 'tar.gz'),
    expected: {
      NONE: decideFlow({ ...input, mode: 'NONE' }).state,
      COMPLETE: decideFlow({ ...input, mode: 'COMPLETE' }).state,
      PARTIAL: decideFlow({ ...input, mode: 'PARTIAL' }).state,
    },
    invoices: ordinals(invoices).map((ordinal) => {
      const fault = bad.get(ordinal)
      return {
        ordinal,
        file: numberOf(ordinal) + maker.extension,
        number: numberOf(ordinal),
        verdict: fault === undefined ? 'accepted' : 'refused',
        fault: fault === undefined ? null : shownFault(fault),
      }
    }),
    files: function* files() {
      for (const ordinal of ordinals(invoices)) {
        yield { name: numberOf(ordinal) + maker.extension, content: fileOf(ordinal) }
      }
    },
  }
}

/** The invoice on which faults are found; the others differ from it in their numbers alone. */
interface Template {
  readonly number: string
  readonly xml: string
}

/** As the pipeline judges under the code. */
function policyOf({ code, settings }: SampleFlowOrder): CheckPolicy {
  return {
    ruleSets: code.ruleSets,
    format: code.format as CheckPolicy['format'],
    settings: { ...settings, family: code.family as InvoiceFamily },
  }
}

function faultsByOrdinal(
  { invoices, bad, rule }: SampleFlowOrder,
  seed: string,
  { xml }: Template,
  policy: CheckPolicy,
): ReadonlyMap<number, SingleFault> {
  if (bad === 0) return new Map()
  // What is broken is the document, in whatever it travels.
  const asDocument: CheckPolicy = { ...policy, format: null }
  const faults =
    rule === undefined ? pureFaults(xml, asDocument) : [findSingleFault(xml, rule, asDocument)]
  const chosen = shuffled(ordinals(invoices), seed).slice(0, bad)
  return new Map(
    chosen
      .toSorted((left, right) => left - right)
      .map((ordinal) => {
        const at = Number.parseInt(digest(seed, `fault ${ordinal}`).slice(0, 8), 16)
        return [ordinal, faults[at % faults.length]!]
      }),
  )
}

/** Numbers of one length: the change stands at the same place in every invoice. */
function broken(xml: string, { edits }: SingleFault, template: Template, number: string): string {
  return applyEdits(
    xml,
    edits.map((edit) => ({ ...edit, text: edit.text.replaceAll(template.number, number) })),
  )
}

function judge(
  bytes: Buffer,
  { extension }: SampleMaker,
  policy: CheckPolicy,
): { readonly fatal: ReadonlySet<string>; readonly structureFailed: boolean } {
  const { invoices } = checkInvoices({ part: 1, file: `sample${extension}`, bytes }, policy)
  const findings = invoices.flatMap((invoice) => invoice.findings)
  return {
    fatal: new Set(findings.filter(({ severity }) => severity === 'fatal').map(({ rule }) => rule)),
    structureFailed: invoices.some((invoice) => invoice.structureFailed),
  }
}

const shownFault = ({ rule, change, alsoBroken }: SingleFault): SampleInvoiceVerdict['fault'] => ({
  rule,
  change,
  alsoBroken,
})

const ordinals = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)

/** By what the seed makes of each. */
function shuffled(numbers: readonly number[], seed: string): number[] {
  return numbers
    .map((number) => ({ number, key: digest(seed, `place ${number}`) }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ number }) => number)
}

/** A flow number that a partner who counts from 1 has hardly reached, of at most 15 digits. */
export function seededFlowNumber(seed: string): number {
  return Number.parseInt(digest(seed, 'flow').slice(0, 12), 16)
}

const digest = (seed: string, what: string): string =>
  createHash('sha256').update(`${seed}|${what}`).digest('hex')
