import { NONE, type NodeId, type Path, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { trimXml } from '../../formats/simple-types.ts'
import { rememberedOfInvoice } from '../remembered.ts'
import type { RuleSubject } from '../rule.ts'
import {
  CII_GROUPS,
  UBL_GROUPS,
  type GroupedLineSyntax,
  type Membership,
} from './grouped-line-syntax.ts'
import { numberOf, textAt, textsAt, trimmedAt } from './node-values.ts'

export interface GroupedLine {
  readonly node: NodeId
  /** BT-126. */
  readonly id: string
  readonly memberships: readonly Membership[]
  /** EXT-FR-FE-167: legal identifier of the seller of the line. */
  readonly sellerId: string
  /** BT-128 with scheme AFL: the invoice that the line is of. */
  readonly invoice: string
}

/** A group that hangs below no other, and the line that begins it. */
export interface Group {
  readonly line: GroupedLine
  readonly place: NodeId
}

const CURRENCY = nameId('currencyID')
const CENT = 0.01

/** The lines of one invoice and how they stand in groups: read once, for all its rules. */
export class GroupedLines {
  readonly lines: readonly GroupedLine[]
  readonly groups: readonly Group[]
  /** BT-1. */
  readonly invoiceNumber: string
  readonly #syntax: GroupedLineSyntax
  readonly #subject: RuleSubject
  readonly #document: XmlDocument
  readonly #root: NodeId
  readonly #byId = new Map<string, GroupedLine>()
  /** By the line they hang below: amounts of lines, and how many details. */
  readonly #below = new Map<string, { sum: number; lines: number; details: number }>()
  /** BT-30, BT-47. */
  readonly sellerIds: ReadonlySet<string>
  readonly buyerIds: ReadonlySet<string>
  /** BT-5, BT-6. */
  readonly #codes: Readonly<Record<'currency' | 'vatCurrency', ReadonlySet<string>>>
  #shares: ReadonlyMap<string, number> | undefined
  #ownGroups: number | undefined

  private constructor(subject: RuleSubject) {
    const { document, root, terms } = subject
    this.#subject = subject
    this.#syntax = terms.syntax === 'ubl' ? UBL_GROUPS : CII_GROUPS
    this.#document = document
    this.#root = root
    this.invoiceNumber = textAt(document, root, this.#syntax.invoiceNumber)
    const textsOf = (steps: Path): Set<string> => new Set(textsAt(document, root, steps))
    this.sellerIds = textsOf(this.#syntax.sellers)
    this.buyerIds = textsOf(this.#syntax.buyers)
    this.#codes = {
      currency: textsOf(this.#syntax.currency),
      vatCurrency: textsOf(this.#syntax.vatCurrency),
    }
    this.lines = this.#syntax.lines
      .flatMap((steps) => document.all(root, steps))
      .map((node) => this.#read(node))
    for (const line of this.lines) {
      if (!this.#byId.has(line.id)) this.#byId.set(line.id, line)
      this.#hang(line)
    }
    this.groups = this.lines.flatMap((line) =>
      line.memberships
        .filter(({ status, parent }) => status === 'GROUP' && parent === undefined)
        .map(({ place }) => ({ line, place })),
    )
  }

  static readonly of = rememberedOfInvoice((subject) => new GroupedLines(subject))

  #read(node: NodeId): GroupedLine {
    const syntax = this.#syntax
    const document = this.#document
    const [invoice = NONE] = syntax.objects(document, node, 'AFL')
    return {
      node,
      id: textAt(document, node, syntax.id),
      memberships: syntax.memberships(document, node, this.invoiceNumber),
      sellerId: trimmedAt(document, node, syntax.sellerId),
      invoice: document.trimmed(invoice),
    }
  }

  #hang(line: GroupedLine): void {
    if (line.memberships.every(({ parent }) => parent === undefined)) return
    const amounts = this.#texts(line.node, this.#syntax.net)
    const sum = amounts.reduce((total, amount) => total + numberOf(trimXml(amount)), 0)
    for (const [parent, here] of Map.groupBy(line.memberships, (one) => one.parent)) {
      if (parent === undefined) continue
      const sums = this.#below.get(parent) ?? { sum: 0, lines: 0, details: 0 }
      this.#below.set(parent, sums)
      sums.details += here.filter(({ status }) => status === 'DETAIL').length
      const counts = here.some(({ status }) => status !== undefined && status !== 'INFORMATION')
      if (!counts) continue
      sums.sum += sum
      sums.lines += amounts.length
    }
  }

  #texts(node: NodeId, steps: Path): readonly string[] {
    return textsAt(this.#document, node, steps)
  }

  /** The line that this one hangs below; undefined when it hangs below none. */
  parentOf(line: GroupedLine): GroupedLine | 'missing' | undefined {
    const parents = line.memberships.flatMap(({ parent }) => parent ?? [])
    if (parents.length === 0) return undefined
    for (const parent of parents) {
      const found = this.#byId.get(parent)
      if (found !== undefined) return found
    }
    return 'missing'
  }

  /** The number of the line is given and is that of the line it hangs below. */
  agreesWithParent(line: GroupedLine, valueOf: (line: GroupedLine) => string): boolean {
    if (valueOf(line) === '') return false
    const parent = this.parentOf(line)
    return parent === undefined || (parent !== 'missing' && valueOf(parent) === valueOf(line))
  }

  has(line: GroupedLine, what: 'sellerName' | 'sellerCountry'): boolean {
    return trimmedAt(this.#document, line.node, this.#syntax[what]) !== ''
  }

  /** Numbers of its invoiced objects of type 130 with this scheme. */
  objects(line: GroupedLine, scheme: string): readonly NodeId[] {
    return this.#syntax.objects(this.#document, line.node, scheme)
  }

  hasPreceding(line: GroupedLine, what: 'number' | 'date'): boolean {
    const { invoiceNumber } = this
    return this.#syntax.preceding(this.#document, line.node, invoiceNumber, what).length > 0
  }

  /** EXT-FR-FE-181, 182: VAT of the line in the currency of the invoice or of its VAT. */
  vatTotal(line: GroupedLine, which: 'currency' | 'vatCurrency'): string {
    const document = this.#document
    const codes = this.#codes[which]
    const total = document
      .all(line.node, this.#syntax.vatTotals)
      .find((node) => codes.has(document.attribute(node, CURRENCY) ?? ''))
    return total === undefined ? '' : document.trimmed(total)
  }

  /** BT-6; undefined = the invoice has none. */
  get vatCurrency(): string | undefined {
    const [first] = this.#codes.vatCurrency
    return first
  }

  /** The net amount of a group is that of its lines, within a cent a line. */
  isSumOfLines(line: GroupedLine): boolean {
    const { sum, lines } = this.#below.get(trimXml(line.id)) ?? { sum: 0, lines: 0 }
    return Math.abs(this.#amount(line, this.#syntax.net) - sum) <= CENT * lines
  }

  /** The VAT of a group is that of the rates of the breakdown that name its invoice. */
  isVatOfBreakdown(line: GroupedLine): boolean {
    const share = this.#sharesByInvoice().get(line.invoice) ?? 0
    return Math.abs(numberOf(this.vatTotal(line, 'currency')) - share) <= CENT
  }

  /** The total with VAT of a group, if given, adds up within a cent a detail. */
  isTotalWithVat(line: GroupedLine): boolean {
    const document = this.#document
    if (document.first(line.node, this.#syntax.withVat) === NONE) return true
    const total = this.#amount(line, this.#syntax.withVat)
    const net = this.#amount(line, this.#syntax.net)
    const vat = numberOf(this.vatTotal(line, 'currency'))
    const details = this.#below.get(line.id)?.details ?? 0
    return Math.abs(total - net - vat) <= CENT * details
  }

  #amount(line: GroupedLine, steps: Path): number {
    return numberOf(trimmedAt(this.#document, line.node, steps))
  }

  /** An exemption reason begins with the number of the invoice of the line: `#F-2#`. */
  namesItsInvoice(line: GroupedLine): boolean {
    const reason = textAt(this.#document, line.node, this.#syntax.exemption)
    return line.invoice !== '' && reason.startsWith(`#${line.invoice}#`)
  }

  /** VAT amounts by the invoice that the exemption reason begins with. */
  #sharesByInvoice(): ReadonlyMap<string, number> {
    if (this.#shares !== undefined) return this.#shares
    const shares = new Map<string, number>()
    for (const node of this.#document.all(this.#root, this.#syntax.breakdown)) {
      const share = this.#syntax.share(this.#document, node)
      if (share === undefined || !share.reason.startsWith('#')) continue
      const end = share.reason.indexOf('#', 1)
      if (end < 0) continue
      const invoice = share.reason.slice(1, end)
      shares.set(invoice, (shares.get(invoice) ?? 0) + numberOf(share.amount))
    }
    return (this.#shares = shares)
  }

  /** The group is of the seller of the invoice. */
  isOfSeller(line: GroupedLine): boolean {
    return this.sellerIds.has(line.sellerId)
  }

  /** Groups of the seller that have the number of the invoice itself. */
  get ownGroups(): number {
    if (this.#ownGroups !== undefined) return this.#ownGroups
    let count = 0
    for (const [line, groups] of this.#groupsByLine()) {
      const isOwn =
        this.isOfSeller(line) &&
        this.objects(line, 'AFL').some((node) => this.#document.text(node) === this.invoiceNumber)
      if (isOwn) count += groups.length
    }
    return (this.#ownGroups = count)
  }

  #groupsByLine(): ReadonlyMap<GroupedLine, readonly Group[]> {
    return Map.groupBy(this.groups, ({ line }) => line)
  }

  /** A number of a group is one that stood before in the document. */
  get hasRepeatedNumber(): boolean {
    const repeated = this.#repeated()
    return [...this.#groupsByLine().keys()].some((line) =>
      this.objects(line, 'AFL').some((node) => repeated.has(node)),
    )
  }

  #repeated(): ReadonlySet<NodeId> {
    const document = this.#document
    const seen = new Set<string>()
    const repeated = new Set<NodeId>()
    for (let node = this.#root; node < document.size; node += 1) {
      if (!this.#syntax.isNumber(node, this.#subject)) continue
      const number = document.text(node)
      if (seen.has(number)) repeated.add(node)
      seen.add(number)
    }
    return repeated
  }
}
