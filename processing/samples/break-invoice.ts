import { checkInvoices, type CheckPolicy } from '../check-invoices.ts'
import { SampleFault, textOf } from './adapt-invoice.ts'
import { applyEdits, type Edit } from './element-ranges.ts'
import { singleChanges, type ChangeKind, type SingleChange } from './single-changes.ts'

/** A file with one change in it. */
export interface BrokenInvoice {
  readonly xml: Buffer
  /** What was changed, for the person: the element's place in the document and what was done. */
  readonly change: { readonly kind: ChangeKind; readonly line: number; readonly element: string }
  /** Rules that the change breaks besides the one that was asked for. */
  readonly alsoBroken: readonly string[]
}

/** One change of a correct invoice that a rule catches. */
export interface SingleFault extends Omit<BrokenInvoice, 'xml'> {
  readonly rule: string
  /** The change, for this text or another of the same layout. */
  readonly edits: readonly Edit[]
}

/**
 * Finds the one change of a correct invoice that a rule catches, with as few other rules as can be:
 * every element is tried with every kind of change, and judged.
 * @throws SampleFault when the invoice breaks the rule already, or no single change does
 */
export function breakInvoice(bytes: Uint8Array, rule: string, policy: CheckPolicy): BrokenInvoice {
  const xml = textOf(bytes)
  const { edits, change, alsoBroken } = findSingleFault(xml, rule, policy)
  return { xml: Buffer.from(applyEdits(xml, edits)), change, alsoBroken }
}

/** @throws SampleFault as `breakInvoice` */
export function findSingleFault(xml: string, rule: string, policy: CheckPolicy): SingleFault {
  const before = rulesOf(xml, policy)
  if (before.has(rule)) throw new SampleFault(`it breaks ${rule} already`)
  let best: { readonly one: SingleChange; readonly alsoBroken: readonly string[] } | undefined
  for (const one of singleChanges(xml)) {
    const after = rulesOf(one.changed, policy)
    if (!after.has(rule)) continue
    const alsoBroken = [...after.keys()].filter((id) => id !== rule && !before.has(id)).toSorted()
    if (best !== undefined && best.alsoBroken.length <= alsoBroken.length) continue
    best = { one, alsoBroken }
    if (alsoBroken.length === 0) break
  }
  if (best === undefined) throw new SampleFault(`no single change of it breaks ${rule}`)
  return faultOf(xml, rule, best.one, best.alsoBroken)
}

/**
 * Every rule that refuses an invoice for one change and says nothing else of it, by rule, with the
 * first such change.
 */
export function pureFaults(xml: string, policy: CheckPolicy): SingleFault[] {
  const before = rulesOf(xml, policy)
  const faults = new Map<string, SingleFault>()
  for (const one of singleChanges(xml)) {
    const broken = [...rulesOf(one.changed, policy)].filter(([id]) => !before.has(id))
    const [only, other] = broken
    if (only === undefined || other !== undefined) continue
    const [rule, isFatal] = only
    if (isFatal && !faults.has(rule)) faults.set(rule, faultOf(xml, rule, one, []))
  }
  return [...faults.values()].toSorted((left, right) => (left.rule < right.rule ? -1 : 1))
}

function faultOf(
  xml: string,
  rule: string,
  { kind, range, edits }: SingleChange,
  alsoBroken: readonly string[],
): SingleFault {
  const element = /<([^\s/>]+)/.exec(xml.slice(range.start, range.openEnd))?.[1] ?? ''
  const line = xml.slice(0, range.start).split('\n').length
  return { rule, edits, change: { kind, line, element }, alsoBroken }
}

/** The rules of all findings, and whether they refuse. */
function rulesOf(xml: string, policy: CheckPolicy): ReadonlyMap<string, boolean> {
  const { invoices } = checkInvoices(
    { part: 1, file: 'sample.xml', bytes: Buffer.from(xml) },
    policy,
  )
  const findings = invoices.flatMap((invoice) => invoice.findings)
  const rules = new Map<string, boolean>()
  for (const { rule, severity } of findings) {
    rules.set(rule, severity === 'fatal' || rules.get(rule) === true)
  }
  return rules
}
