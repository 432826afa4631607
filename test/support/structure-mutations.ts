import type { Random } from '../fuzz/random.ts'

/** An element of a document's text: where it starts and ends, its name as written, its depth. */
interface Span {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly depth: number
}

const TAG = /<(\/?)([A-Za-z][\w.:-]*)([^>]*?)(\/?)>/g
const LEAF = /<([A-Za-z][\w.:-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*>([^<]*)<\/\1>/g

const VALUES = [
  '+1',
  '.5',
  '1.',
  '.',
  '',
  '  ',
  '1e5',
  '-0',
  '1,2',
  '0x1',
  '\n1\n',
  '1 2',
  'INF',
  'NaN',
  '٣',
  '--1',
  '1<!-- c -->2',
  '<![CDATA[3]]>',
  '&#32;',
  '1'.repeat(40),
  '<b/>',
  'abc',
  'true',
  'false',
  '0',
  'TRUE',
  ' true ',
  '2026-02-30',
  '2024-02-29',
  '2026-01-01Z',
  '2026-01-01+14:00',
  '2026-01-01+14:01',
  '0000-01-01',
  '-0001-01-01',
  '12026-01-01',
  '24:00:00',
  '24:00:01',
  '12:00:00',
  '23:59:60',
  '20260101',
  'AAAA',
  'AAA=',
  'AB==',
  'AA=',
]

const ATTRIBUTES = [
  'schemeID="x"',
  'currencyID="EUR"',
  'foo="1"',
  'xml:lang="fr"',
  'languageID="fr"',
  'languageID="f r"',
  'unitCode=""',
  'listURI="a b"',
  'listURI="%"',
  'schemeURI="http://[x"',
  'format="102"',
  'listID="5305"',
  'listAgencyID=" 6 "',
  'name="x"',
  'mimeCode="a/b"',
]

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const XSI_ATTRIBUTES = [
  'xsi:nil="true"',
  'xsi:nil="false"',
  'xsi:schemaLocation="a b"',
  'xsi:noNamespaceSchemaLocation="q"',
  'xsi:foo="1"',
]

const EXTENSION = 'urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2'
const BASIC = 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'
const SIGNATURE =
  '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"><s:SignedInfo><s:CanonicalizationMethod Algorithm="a"/><s:SignatureMethod Algorithm="b"/><s:Reference URI=""><s:DigestMethod Algorithm="c"/><s:DigestValue>AAAA</s:DigestValue></s:Reference></s:SignedInfo><s:SignatureValue>AAAA</s:SignatureValue><s:KeyInfo>t<s:KeyName>k</s:KeyName><s:X509Data><s:X509Certificate>AAAA</s:X509Certificate><s:X509SubjectName>q</s:X509SubjectName></s:X509Data></s:KeyInfo><s:Object Id="o1"><s:foo/></s:Object></s:Signature>'
const EXTENSION_CONTENTS = [
  '<a/>',
  't<z:q xmlns:z="urn:z"/>',
  '<a xmlns="urn:a" b="c">t<d/></a>',
  SIGNATURE,
  `<c:ID xmlns:c="${BASIC}">x</c:ID>`,
  `<c:IssueDate xmlns:c="${BASIC}">x</c:IssueDate>`,
  `<z:q xmlns:z="urn:z"><c:Amount xmlns:c="${BASIC}">x</c:Amount></z:q>`,
  '<e:UBLExtension/>',
  SIGNATURE.replace('<s:SignatureValue>AAAA</s:SignatureValue>', ''),
  SIGNATURE.replace('Algorithm="b"', ''),
]

/** A copy of an invoice with one random change, well-formed or nearly always so. */
export function mutateStructure(xml: string, random: Random): string {
  const spans = elementsOf(xml)
  const one = random.pick(spans)
  const body = xml.slice(one.start, one.end)
  const tagNameEnd = one.start + 1 + one.name.length
  const names = [...new Set(spans.map(({ name }) => name)), 'foo', 'cbc:Foo']
  const replaceAt = (start: number, end: number, text: string): string =>
    xml.slice(0, start) + text + xml.slice(end)
  const leaf = random.pick([...xml.matchAll(LEAF)])
  const [whole, leafName = '', attributes = '', value = ''] = leaf
  const withValue = (text: string): string =>
    replaceAt(
      leaf.index,
      leaf.index + whole.length,
      `<${leafName}${attributes}>${text}</${leafName}>`,
    )
  switch (random.below(17)) {
    case 0:
      return replaceAt(one.start, one.end, '')
    case 1:
      return replaceAt(one.end, one.end, body)
    case 2: {
      const later = spans.filter(({ start, depth }) => start >= one.end && depth === one.depth)
      const other = later[random.below(Math.min(later.length, 3))]
      if (other === undefined) return xml
      const between = xml.slice(one.end, other.start)
      return replaceAt(one.start, other.end, xml.slice(other.start, other.end) + between + body)
    }
    case 3: {
      const name = random.pick(names)
      const renamed = body.replace(/^<[\w.:-]+/, `<${name}`).replace(/<\/[\w.:-]+>$/, `</${name}>`)
      return replaceAt(one.start, one.end, renamed)
    }
    case 4:
    case 5:
    case 6:
      return withValue(random.pick(VALUES))
    case 7: {
      const added = random.pick(ATTRIBUTES)
      const tag = xml.slice(one.start, xml.indexOf('>', one.start))
      const isThere = tag.includes(` ${added.slice(0, added.indexOf('='))}=`)
      return isThere ? xml : replaceAt(tagNameEnd, tagNameEnd, ` ${added}`)
    }
    case 8: {
      const given = [...xml.matchAll(/ (?:currencyID|schemeID|unitCode|mimeCode|format)="[^"]*"/g)]
      const gone = given.length === 0 ? undefined : random.pick(given)
      return gone === undefined ? xml : replaceAt(gone.index, gone.index + gone[0].length, '')
    }
    case 9: {
      const inside = xml.indexOf('>', one.start) + 1
      const text = random.pick([
        'text',
        ' ',
        '\n',
        '<!-- c -->',
        '<?pi x?>',
        '<![CDATA[x]]>',
        '&amp;',
      ])
      return xml[inside - 2] === '/' ? xml : replaceAt(inside, inside, text)
    }
    case 10: {
      const inside = xml.indexOf('>', one.start) + 1
      return xml[inside - 2] === '/' ? xml : replaceAt(inside, inside, `<${random.pick(names)}/>`)
    }
    case 11:
      return replaceAt(one.start, one.end, `<${one.name}/>`)
    case 12: {
      const { start } = random.pick(spans)
      return start > one.start && start < one.end ? xml : replaceAt(start, start, body)
    }
    case 13:
      return replaceAt(tagNameEnd, tagNameEnd, ` ${random.pick(XSI_ATTRIBUTES)} ${XSI}`)
    case 14: {
      const local = one.name.replace(/^.*:/, '')
      return replaceAt(one.start, one.end, `<w:${local} xmlns:w="urn:wrong">x</w:${local}>`)
    }
    case 15: {
      const pad = random.pick([' ', '\n', '\t', '&#13;'])
      return withValue(random.pick([pad + value, value + pad, pad + value + pad]))
    }
    default: {
      const at = xml.search(/<\w*:?CustomizationID/)
      if (at < 0) return xml
      const content = random.pick(EXTENSION_CONTENTS)
      return replaceAt(
        at,
        at,
        `<e:UBLExtensions xmlns:e="${EXTENSION}"><e:UBLExtension><e:ExtensionContent>${content}</e:ExtensionContent></e:UBLExtension></e:UBLExtensions>`,
      )
    }
  }
}

/** Every element but the root. */
function elementsOf(xml: string): Span[] {
  const spans: Span[] = []
  const open: { readonly start: number; readonly name: string }[] = []
  for (const { index, 0: tag, 1: closing, 2: name = '', 4: empty } of xml.matchAll(TAG)) {
    const end = index + tag.length
    if (empty !== '') spans.push({ start: index, end, name, depth: open.length })
    else if (closing === '') open.push({ start: index, name })
    else {
      const start = open.pop()
      if (start !== undefined) spans.push({ ...start, end, depth: open.length })
    }
  }
  return spans.filter(({ depth }) => depth > 0)
}
