import type { NodeId, XmlDocument } from '../../formats/xml/xml-document.ts'
import type { RuleSubject } from '../rule.ts'
import { CiiFacts } from './cii-facts.ts'
import { UblFacts } from './ubl-facts.ts'

/** What several rules add up or look for in one invoice; worked out when it is first asked for. */
export class InvoiceFacts {
  readonly #document: XmlDocument
  readonly #root: NodeId
  readonly #end: NodeId
  #ubl: UblFacts | undefined
  #cii: CiiFacts | undefined
  #seen: Map<unknown, Set<NodeId>> | undefined
  #known: Map<unknown, Map<NodeId, unknown>> | undefined

  /** @param end one more than the last element of the invoice */
  constructor(document: XmlDocument, root: NodeId, end: NodeId) {
    this.#document = document
    this.#root = root
    this.#end = end
  }

  get ubl(): UblFacts {
    return (this.#ubl ??= new UblFacts(this.#document, this.#root, this.#end))
  }

  get cii(): CiiFacts {
    return (this.#cii ??= new CiiFacts(this.#document, this.#root, this.#end))
  }

  /** The first call with this element: a rule that may find several faults there reports one. */
  isFirst(rule: unknown, node: NodeId): boolean {
    this.#seen ??= new Map()
    const seen = this.#seen.get(rule)
    if (seen?.has(node) === true) return false
    if (seen === undefined) this.#seen.set(rule, new Set([node]))
    else seen.add(node)
    return true
  }

  /** What this work makes of the element: done once. See `remembered`. */
  remember<Value>(
    work: (node: NodeId, subject: RuleSubject) => Value,
    node: NodeId,
    subject: RuleSubject,
  ): Value {
    this.#known ??= new Map()
    let byNode = this.#known.get(work)
    if (byNode === undefined) this.#known.set(work, (byNode = new Map()))
    // Only ever filled by this work.
    const known = byNode.get(node) as Value | undefined
    if (known !== undefined || byNode.has(node)) return known as Value
    const value = work(node, subject)
    byNode.set(node, value)
    return value
  }
}
