import { NONE, type NodeId, type XmlDocument } from '../xml/xml-document.ts'
import { CONTENT, type ContentAnswer, type XmlListener } from '../xml/xml-listener.ts'
import { nameId, type NameId } from '../xml/xml-names.ts'
import { hasInk } from './lexical-bytes.ts'
import { Misplacements } from './misplacements.ts'
import { ANY_TYPE_NAME, type AttributeRule, type ElementType, type Schema } from './schema.ts'
import { normalized, valueFault, type SimpleType, type ValueFault } from './simple-type.ts'
import { MAX_ISSUES, type IssueKind, type StructureIssue } from './structure-issue.ts'

/**
 * Checks one document against the schema of its format while it is scanned: for each open element
 * the number of the state that its children have reached. After an error it goes on where the next
 * children fit, so that one fault is one issue. Beyond `MAX_ISSUES` it looks at nothing more, but in
 * a document of several invoices at the first faults of each.
 */
export class StructureCheck implements XmlListener {
  readonly #schema: Schema
  readonly #document: XmlDocument
  readonly #misplacements: Misplacements
  /** The element that is one of several invoices; NONE = the document is one. */
  readonly #invoice: NameId
  /** Issues that there may be, as far as the document is read. */
  #most = MAX_ISSUES
  /** By depth, from 0: type of the open element, and the state of its content. */
  readonly #types: ElementType[] = []
  readonly #states: number[] = []
  #depth = -1
  #root: NameId = NONE
  /** Elements open that nothing is declared of, or that stand where they may not. */
  #skipped = 0
  #issues: StructureIssue[] = []
  #ids: Set<string> | undefined

  /**
   * @param document the one that is filled while this listens
   * @param invoice the element that is one of several invoices; NONE = the document is one
   */
  constructor(schema: Schema, document: XmlDocument, invoice: NameId = NONE) {
    this.#invoice = invoice
    this.#schema = schema
    this.#document = document
    this.#misplacements = new Misplacements(document)
  }

  /** What was found, in the order of the document; few of each of its invoices. */
  get issues(): readonly StructureIssue[] {
    return this.#issues
  }

  /** Forgets the document before, so that another one can be checked. */
  reset(): void {
    this.#depth = -1
    this.#skipped = 0
    this.#issues = []
    this.#most = MAX_ISSUES
    this.#ids = undefined
    this.#misplacements.reset()
  }

  open(node: NodeId, name: NameId): ContentAnswer {
    const depth = this.#depth
    let type: ElementType | undefined
    if (name === this.#invoice) this.#beginInvoice()
    if (this.#skipped === 0 && this.#issues.length < this.#most) {
      if (depth >= 0) {
        const parent = this.#types[depth]!
        const { content } = parent
        const place = content.find(name)
        if (place >= 0 && content.follows[this.#states[depth]! * content.size + place] === 1) {
          this.#states[depth] = place + 1
          type = parent.placeTypes[place] ?? this.#schema.placeType(parent, place)
        } else type = this.#openUnusual(node, name)
      } else {
        this.#root = name
        if (this.#schema.roots.has(name)) type = this.#schema.typeOf(name)
      }
    }
    if (type === undefined) {
      this.#skipped += 1
      // What nobody checks may still be an attachment of any length.
      const usual = this.#schema.typeOf(name)
      return usual?.value?.base === 'base64Binary' ? CONTENT.binary : CONTENT.keep
    }
    this.#depth = depth + 1
    this.#types[depth + 1] = type
    this.#states[depth + 1] = 0
    const document = this.#document
    const first = document.firstAttribute(node)
    const end = document.endAttribute(node)
    if (first < end || type.requiredAttributes > 0) this.#checkAttributes(node, type, first, end)
    return type.isBinary ? CONTENT.binary : CONTENT.keep
  }

  close(node: NodeId, _name: NameId, bytes: Uint8Array, start: number, end: number): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1
      return
    }
    const depth = this.#depth
    const type = this.#types[depth]!
    this.#depth = depth - 1
    const { value } = type
    if (value === undefined) {
      const { content } = type
      if (content.accepts[this.#states[depth]!] === 0) {
        this.#report(this.#misplacements.missingAtEnd(node, type, this.#states[depth]!))
      }
      if (end > start && !type.isMixed && (content.size === 0 || hasInk(bytes, start, end))) {
        this.#reportValue('TEXT', node, bytes, start, end)
      }
    } else if (type.isBinary) {
      if (this.#document.binaryBytes(node) === -1) {
        this.#report({
          kind: 'BASE64',
          place: this.#document.place(node),
          name: this.#document.nameOf(node).prefixed,
        })
      }
    } else if (!value.isFree) this.#checkValue(value, node, bytes, start, end)
  }

  /** A child whose name is not the next one: another place, a wildcard, or an error. */
  #openUnusual(node: NodeId, name: NameId): ElementType | undefined {
    const depth = this.#depth
    const parent = this.#types[depth]!
    const { content } = parent
    const state = this.#states[depth]!
    for (let place = content.find(name); place !== NONE; place = content.nextSame(place)) {
      if (content.mayFollow(state, place)) {
        this.#states[depth] = place + 1
        return this.#schema.placeType(parent, place)
      }
    }
    for (const [place, { exceptUri, isStrict }] of content.wildcards) {
      if (!content.mayFollow(state, place)) continue
      const { uri } = this.#document.nameOf(node)
      if (exceptUri !== undefined && (uri === exceptUri || uri === '')) continue
      this.#states[depth] = place + 1
      const declared = this.#schema.globalType(name, this.#root)
      if (declared !== undefined || !isStrict) {
        return declared ?? this.#schema.type(ANY_TYPE_NAME)
      }
    }
    const found = this.#misplacements.misplaced(node, parent, state)
    this.#states[depth] = found.state
    if (found.late !== undefined) this.#replace(found.late.early, found.late.issue)
    else this.#report(found.issue)
    return found.place === NONE ? undefined : this.#schema.placeType(parent, found.place)
  }

  #checkAttributes(node: NodeId, type: ElementType, first: number, end: number): void {
    const document = this.#document
    let given = 0
    for (let at = first; at < end; at += 1) {
      const name = document.attributeName(at)
      const rule = ruleOf(type.attributes, name)
      if (rule === undefined) {
        this.#checkUndeclared(node, type, at)
        continue
      }
      if (rule.isRequired) given += 1
      if (rule.type.isFree && rule.fixed === undefined) continue
      this.#checkAttribute(node, rule, at)
    }
    if (given < type.requiredAttributes) this.#reportMissingAttributes(node, type)
  }

  /** An attribute that the type does not have: one of XML Schema itself, or an error. */
  #checkUndeclared(node: NodeId, type: ElementType, at: number): void {
    const document = this.#document
    const name = document.attributeName(at)
    if (XSI_HINTS.has(name)) return
    if (name === XSI_NIL || name === XSI_TYPE) {
      if (type.name === ANY_TYPE_NAME) return
      const value = document.attributeValue(at).trim()
      if (name === XSI_TYPE && isOwnType(value, type, document.nameOf(node).local)) return
      this.#reportAttribute(name === XSI_NIL ? 'NIL' : 'TYPE', node, at)
      return
    }
    if (!type.mayHaveAnyAttribute) {
      this.#reportAttribute('ATTRIBUTE', node, at, {
        expected: type.attributes.map((rule) => `@${document.xmlName(rule.name).prefixed}`),
      })
    }
  }

  #checkAttribute(node: NodeId, { type, fixed }: AttributeRule, at: number): void {
    const document = this.#document
    const bytes = document.attributeBytes(at)
    const start = document.attributeStart(at)
    const end = document.attributeEnd(at)
    const fault = valueFault(type, bytes, start, end) ?? this.#idFault(type, bytes, start, end)
    if (fault !== undefined) this.#reportAttribute(KIND_OF_FAULT[fault], node, at, limits(type))
    else if (fixed !== undefined && normalized(type.base, bytes, start, end) !== fixed) {
      this.#reportAttribute('FIXED', node, at, { expected: [fixed] })
    }
  }

  #checkValue(type: SimpleType, node: NodeId, bytes: Uint8Array, start: number, end: number): void {
    const fault = valueFault(type, bytes, start, end)
    if (fault !== undefined) {
      this.#reportValue(KIND_OF_FAULT[fault], node, bytes, start, end, limits(type))
    }
  }

  /** An xs:ID may be given once in a document. */
  #idFault(type: SimpleType, bytes: Uint8Array, start: number, end: number): 'ID' | undefined {
    if (type.base !== 'ID') return undefined
    this.#ids ??= new Set()
    const { size } = this.#ids
    return this.#ids.add(normalized('ID', bytes, start, end)).size === size ? 'ID' : undefined
  }

  #reportMissingAttributes(node: NodeId, type: ElementType): void {
    const document = this.#document
    for (const { name, isRequired } of type.attributes) {
      if (!isRequired || document.findAttribute(node, name) !== NONE) continue
      this.#report({
        kind: 'ATTRIBUTE-MISSING',
        place: document.place(node),
        name: document.nameOf(node).prefixed,
        attribute: document.xmlName(name).prefixed,
      })
    }
  }

  #reportAttribute(
    kind: IssueKind,
    node: NodeId,
    at: number,
    more: Partial<StructureIssue> = {},
  ): void {
    const document = this.#document
    this.#report({
      kind,
      place: document.place(node),
      name: document.nameOf(node).prefixed,
      attribute: document.xmlName(document.attributeName(at)).prefixed,
      value: document.attributeValue(at).slice(0, MAX_SHOWN),
      ...more,
    })
  }

  #reportValue(
    kind: IssueKind,
    node: NodeId,
    bytes: Uint8Array,
    start: number,
    end: number,
    more: Partial<StructureIssue> = {},
  ): void {
    const shown = bytes.subarray(start, Math.min(end, start + MAX_SHOWN * 4))
    this.#report({
      kind,
      place: this.#document.place(node),
      name: this.#document.nameOf(node).prefixed,
      value: new TextDecoder().decode(shown).trim().slice(0, MAX_SHOWN),
      ...more,
    })
  }

  /** What stood before it must not hide that it is wrong itself. */
  #beginInvoice(): void {
    const found = this.#issues.length
    this.#most = found + (found < MANY_ISSUES ? MAX_ISSUES : 1)
  }

  #report(issue: StructureIssue): void {
    if (this.#issues.length < this.#most) this.#issues.push(issue)
  }

  #replace(before: StructureIssue, after: StructureIssue): void {
    const at = this.#issues.indexOf(before)
    if (at >= 0) this.#issues[at] = after
  }
}

/** Characters of what a sender wrote that a message may quote (reference §9). */
const MAX_SHOWN = 200

/** Once a document of several invoices has so many, one of each further invoice is enough. */
const MANY_ISSUES = 2_000

const XSI_NIL = nameId('xsi:nil')
const XSI_TYPE = nameId('xsi:type')
const XSI_HINTS = new Set([nameId('xsi:schemaLocation'), nameId('xsi:noNamespaceSchemaLocation')])

const KIND_OF_FAULT = {
  string: 'TEXT',
  normalizedString: 'TEXT',
  token: 'TEXT',
  anyURI: 'URI',
  language: 'LANGUAGE',
  ID: 'ID',
  decimal: 'DECIMAL',
  integer: 'INTEGER',
  boolean: 'BOOLEAN',
  date: 'DATE',
  time: 'TIME',
  dateTime: 'DATETIME',
  base64Binary: 'BASE64',
  values: 'ENUMERATION',
  length: 'LENGTH',
  pattern: 'PATTERN',
} as const satisfies Record<ValueFault, IssueKind>

function limits({ values, minLength, maxLength }: SimpleType): Partial<StructureIssue> {
  return {
    ...(values === undefined ? {} : { expected: values }),
    ...(maxLength === Number.POSITIVE_INFINITY && minLength === 0
      ? {}
      : { bounds: { min: minLength, max: maxLength } }),
  }
}

function ruleOf(rules: readonly AttributeRule[], name: NameId): AttributeRule | undefined {
  for (let at = 0; at < rules.length; at += 1) {
    if (rules[at]!.name === name) return rules[at]
  }
  return undefined
}

/** A type given in the document that is the one the schema gives anyway. */
function isOwnType(value: string, type: ElementType, local: string): boolean {
  const given = value.replace(/^[^:]*:/, '')
  return given === `${local}Type` || given === `${type.name}Type` || given === type.name
}
