import type { NodeId } from '../formats/xml/xml-document.ts'
import type { RuleSubject } from './rule.ts'

/**
 * What is worked out of an element once an invoice, however many checks ask: those on each of its
 * many children, or on elements that a faulty invoice repeats, would take the square of the time.
 */
export function remembered<Value>(
  work: (node: NodeId, subject: RuleSubject) => Value,
): (node: NodeId, subject: RuleSubject) => Value {
  return (node, subject) => subject.facts.remember(work, node, subject)
}

/** The same of the whole invoice. */
export function rememberedOfInvoice<Value>(
  work: (subject: RuleSubject) => Value,
): (subject: RuleSubject) => Value {
  const onRoot = remembered((_root, subject) => work(subject))
  return (subject) => onRoot(subject.root, subject)
}
