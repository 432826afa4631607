import type { NodeId, XmlDocument } from '../../formats/xml/xml-document.ts'
import { NONE } from '../../formats/xml/xml-document.ts'
import type { NameId } from '../../formats/xml/xml-names.ts'
import { trimXml } from '../../formats/simple-types.ts'
import { CODE_LISTS } from '../../tables/code-lists.ts'
import { attributeCode, codeOf, NO_CODE, packed, type PackedCode } from '../element-values.ts'

export type CodeListName = keyof typeof CODE_LISTS

/** Longer codes (VATEX-EU-132-1A) are compared as texts. */
const MAX_PACKED = 6

/** A code list: white space around a code does not matter, white space inside it and case do. */
export class CodeList {
  readonly #short = new Set<PackedCode>()
  readonly #long = new Set<string>()

  constructor(name: CodeListName) {
    for (const code of CODE_LISTS[name].split(' ')) {
      if (code.length <= MAX_PACKED) this.#short.add(packed(code))
      else this.#long.add(code)
    }
  }

  hasText(document: XmlDocument, node: NodeId): boolean {
    const code = codeOf(document, node)
    return code === NO_CODE ? this.has(document.text(node)) : this.#short.has(code)
  }

  hasAttribute(document: XmlDocument, node: NodeId, name: NameId): boolean {
    if (document.findAttribute(node, name) === NONE) return false
    const code = attributeCode(document, node, name) ?? NO_CODE
    return code === NO_CODE ? this.has(document.attribute(node, name) ?? '') : this.#short.has(code)
  }

  has(text: string): boolean {
    const trimmed = trimXml(text)
    if (trimmed.length > MAX_PACKED) return this.#long.has(trimmed)
    return /^[!-~]*$/.test(trimmed) && this.#short.has(packed(trimmed))
  }
}
