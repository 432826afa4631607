import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { elementsOf } from '../../../test/support/xml-elements.ts'
import { XML_LIMITS } from './xml-limits.ts'
import { CONTENT, type ContentAnswer, type XmlListener } from './xml-listener.ts'
import { XmlReader } from './xml-reader.ts'

const reader = new XmlReader()

function scan(content: string | Uint8Array, answer: ContentAnswer = CONTENT.keep) {
  const listener: XmlListener = { open: () => answer, close: () => {} }
  const { fault, encoding } = reader.read(
    typeof content === 'string' ? Buffer.from(content) : content,
    listener,
  )
  return { elements: elementsOf(reader.document), fault, encoding }
}
const ruleOf = (content: string | Uint8Array): string | undefined => scan(content).fault?.rule

describe('the scanner', () => {
  test('gives names by namespace, attributes, and texts joined over comments and CDATA', () => {
    const { elements } = scan(
      '<a xmlns="u" xmlns:p="v"> <p:b p:c="&lt;1" d="2\n3">x<!-- no --> y<![CDATA[<&]]>&#x41;</p:b> <?pi?></a>',
    )
    expect(elements).toMatchObject([
      { name: '{u}a', attributes: [], text: '', parent: -1 },
      { name: '{v}b', attributes: ['{v}c=<1', '{}d=2 3'], text: 'x y<&A', parent: 0 },
    ])
  })

  test('white space is text of an element without children, and layout of one that has some', () => {
    scan('<a>\n <b> </b>\n <c/>\n</a>')
    expect([0, 1, 2].map((node) => reader.document.text(node))).toEqual(['', ' ', ''])
  })

  test.each(['\n', '\r\n'])(
    'places a start tag by its first character, with %j as line end',
    (end) => {
      const { elements } = scan(['<a>', '  <b', '   c="1"/><d', `/>é<e/>`, '</a>'].join(end))
      expect(elements.map(({ line, column }) => [line, column])).toEqual([
        [1, 1],
        [2, 3],
        [3, 11],
        [4, 4],
      ])
    },
  )

  test('places are right beyond the first blocks too, and count UTF-16 units', () => {
    const { elements } = scan(`<a>${'\n'.repeat(200_000)} 😀<b/></a>`)
    expect(elements[1]).toMatchObject({ line: 200_001, column: 4 })
  })

  test('stops where the listener says, whatever follows', () => {
    const { elements, fault } = scan('<a><b></c>', CONTENT.stop)
    expect([elements.length, fault]).toEqual([1, undefined])
  })

  test('tells the listener of each element with its attributes and its own text', () => {
    const told: string[] = []
    reader.read(Buffer.from('<a b="1">x<c>&amp;<!-- -->y</c>z</a>'), {
      open: (node) => {
        const attributes = reader.document.endAttribute(node) - reader.document.firstAttribute(node)
        told.push(`<${reader.document.nameOf(node).local} ${attributes}`)
        return CONTENT.keep
      },
      close: (node, _name, bytes, start, end) =>
        told.push(`${Buffer.from(bytes).toString('utf8', start, end)}>${node}`),
    })
    expect(told).toEqual(['<a 1', '<c 0', '&y>1', 'xz>0'])
  })

  test('base64 is counted, not kept, in whatever pieces it comes', () => {
    const binary = (content: string): number | undefined => {
      scan(`<a>${content}</a>`, CONTENT.binary)
      expect(reader.document.text(0)).toBe('')
      return reader.document.binaryBytes(0)
    }
    expect(binary('QUJD\r\nREU=')).toBe(5)
    expect(binary('QUJD<!-- --><![CDATA[REU=]]>')).toBe(5)
    expect(binary('')).toBe(0)
    for (const wrong of ['QUJ', 'QU=D', 'QUJD=', 'Q===', 'QUJ*', 'QUI=QUI=']) {
      expect(binary(wrong), wrong).toBe(-1)
    }
  })

  test('a name is that of its namespace, whatever prefix another document gave it', () => {
    for (const prefix of ['x', 'y', 'x']) {
      scan(
        `<${prefix}:a xmlns:${prefix}="urn:other"><${prefix}:b xmlns:${prefix}="urn:third"/></${prefix}:a>`,
      )
      expect(reader.document.path(1)).toBe(`/${prefix}:a[1]/${prefix}:b[1]`)
      expect(reader.document.nameOf(1).uri).toBe('urn:third')
    }
  })

  test('a mixed text between very many children stays quick', () => {
    const { elements } = scan(`<a>${'&amp;<b/>'.repeat(100_000)}</a>`)
    expect(elements[0]!.text).toHaveLength(100_000)
  })
})

describe('encodings', () => {
  const declared = (encoding: string, text = 'é€'): string =>
    `<?xml version="1.0" encoding="${encoding}"?><a>${text}</a>`
  const utf16 = (text: string, bigEndian: boolean): Buffer => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
    return bigEndian ? bytes.swap16() : bytes
  }
  const withEuro = Buffer.from(declared('ISO-8859-15').replace('€', '\u00a4'), 'latin1')

  test.each<readonly [string, string | Buffer, string, string]>([
    ['UTF-8 declared', declared('utf-8'), 'UTF-8', 'é€'],
    ['UTF-8 with its mark', `\ufeff${declared('UTF-8')}`, 'UTF-8', 'é€'],
    ['nothing declared', '<a>é€</a>', 'UTF-8', 'é€'],
    ['UTF-16 little endian', utf16(declared('UTF-16'), false), 'UTF-16', 'é€'],
    ['UTF-16 big endian', utf16(declared('UTF-16BE'), true), 'UTF-16', 'é€'],
    ['ISO-8859-1', Buffer.from(declared('ISO-8859-1', 'é'), 'latin1'), 'ISO-8859-1', 'é'],
    ['ISO-8859-15', withEuro, 'ISO-8859-15', 'é€'],
  ])('%s is read', (_what, content, encoding, text) => {
    expect(scan(content)).toMatchObject({ encoding, elements: [{ text }], fault: undefined })
  })

  test.each<readonly [string, string | Buffer]>([
    ['UTF-16 declared over UTF-8 bytes', declared('UTF-16')],
    ['UTF-8 declared over UTF-16 bytes', utf16(declared('UTF-8'), false)],
    ['big endian declared over little endian', utf16(declared('UTF-16BE'), false)],
    ['ISO-8859-1 declared after a UTF-8 mark', `\ufeff${declared('ISO-8859-1')}`],
    ['UTF-16 without its mark', Buffer.from(declared('UTF-16LE'), 'utf16le')],
    ['ASCII declared over other bytes', declared('US-ASCII')],
    ['windows-1252', declared('windows-1252', 'x')],
    ['UTF-7', declared('UTF-7', 'x')],
    ['bytes that are no UTF-8', Buffer.from('<a>\xe9</a>', 'latin1')],
  ])('%s is refused', (_what, content) => {
    expect(ruleOf(content)).toBe('XML-ENCODING')
  })

  test('EBCDIC is named', () => {
    expect(ruleOf(Buffer.from('4c6fa79493', 'hex'))).toBe('XML-EBCDIC')
  })
})

describe('what is refused', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  const attributes = (count: number): string =>
    `<a ${Array.from({ length: count }, (_, index) => `b${index}=""`).join(' ')}/>`

  test.each<readonly [string, string, string]>([
    ['a DOCTYPE', '<!DOCTYPE a><a/>', 'XML-DOCTYPE'],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>', 'XML-DOCTYPE'],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 'XML-VERSION'],
    ['too deep', nested(XML_LIMITS.depth + 1), 'XML-LIMIT-DEPTH'],
    [
      'too many names',
      `<a>${Array.from({ length: XML_LIMITS.names }, (_, index) => `<b${index}/>`).join('')}</a>`,
      'XML-LIMIT-NAMES',
    ],
    [
      'a long tag',
      `<a b="${'x'.repeat(1_000_000)}" c="${'x'.repeat(1_000_000)}" d="${'x'.repeat(1_000_000)}"/>`,
      'XML-LIMIT-TAG',
    ],
    ['too many attributes', attributes(XML_LIMITS.attributes + 1), 'XML-LIMIT-ATTRIBUTES'],
    ['a long name', `<${'a'.repeat(XML_LIMITS.nameCharacters + 1)}/>`, 'XML-LIMIT-NAME'],
    [
      'a long attribute name',
      `<a ${'b'.repeat(XML_LIMITS.nameCharacters + 1)}=""/>`,
      'XML-LIMIT-NAME',
    ],
    ['a long text', `<a>${'x'.repeat(XML_LIMITS.textBytes)}<!-- -->x</a>`, 'XML-LIMIT-TEXT'],
    ['a long attribute', `<a b="${'x'.repeat(XML_LIMITS.textBytes + 1)}"/>`, 'XML-LIMIT-VALUE'],
    ['an unknown entity', '<a>&nbsp;</a>', 'XML-MALFORMED'],
    ['a bare ampersand', '<a>S & T</a>', 'XML-MALFORMED'],
    ['a character reference to NUL', '<a>&#0;</a>', 'XML-MALFORMED'],
    ['a control character', '<a>\u0001</a>', 'XML-MALFORMED'],
    ['an unbound prefix', '<p:a/>', 'XML-MALFORMED'],
    [
      'an attribute twice, by namespace',
      '<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>',
      'XML-MALFORMED',
    ],
    ['an attribute twice', '<a b="" b=""/>', 'XML-MALFORMED'],
    ['the end of a section in the text', '<a>]]></a>', 'XML-MALFORMED'],
    ['U+FFFF', '<a>\uffff</a>', 'XML-MALFORMED'],
    ['a prefix that stands for nothing', '<a xmlns:p=""/>', 'XML-MALFORMED'],
    ['a < in an attribute', '<a b="<"/>', 'XML-MALFORMED'],
    ['two roots', '<a/><b/>', 'XML-MALFORMED'],
    ['nothing', ' ', 'XML-MALFORMED'],
    ['a cut', '<a><b>', 'XML-MALFORMED'],
  ])('%s', (_what, content, rule) => {
    expect(ruleOf(content)).toBe(rule)
  })

  test('a long text is placed where its element starts', () => {
    const text = 'x'.repeat(XML_LIMITS.textBytes + 1)
    expect(scan(`<a>\n <b>${text}</b></a>`).fault).toMatchObject({ line: 2, column: 2 })
  })

  test('what is at a limit passes, and an attachment may be a long text', () => {
    expect(ruleOf(nested(XML_LIMITS.depth))).toBeUndefined()
    expect(ruleOf(attributes(XML_LIMITS.attributes))).toBeUndefined()
    const long = `<a>${'x'.repeat(XML_LIMITS.textBytes + 1)}</a>`
    expect(scan(long, CONTENT.binary).fault).toBeUndefined()
  })

  test.each([
    ['<a b=c/>', 'la valeur d’un attribut n’est pas entre guillemets'],
    ['<a b="1"c="2"/>', 'il manque un espace entre deux attributs'],
    ['<a b>', 'un attribut n’a pas de valeur'],
    ['<a><!-- b -- c --></a>', 'un commentaire contient « -- »'],
    ['<a>&;</a>', 'une entité n’est pas une des cinq prédéfinies'],
    ['<?xml encoding="UTF-8"?><a/>', 'la déclaration XML est incorrecte'],
    ['<?xml version=1?><a/>', 'la déclaration XML est incorrecte'],
    ['<a><? b?></a>', 'une instruction de traitement est incorrecte'],
    ['<a:/>', 'un nom est incorrect'],
    ['<a/ >', 'la syntaxe est incorrecte à cet endroit'],
  ])('%s: says in French what is wrong', (content, reason) => {
    expect(scan(content).fault?.detail.fr).toBe(`Le XML est mal formé : ${reason}.`)
  })

  test('a bare ampersand is told from a cut, with its place', () => {
    expect(scan('<a>\n S & T</a>').fault).toMatchObject({ line: 2, column: 4 })
    expect(scan('<a>\n S & T</a>').fault?.detail.en).toContain('bare &')
    expect(scan('<a><b>').fault?.detail.en).toContain('cut')
  })

  test('no input makes it throw', () => {
    const random = seededRandom(1_000)
    const good = Buffer.from(
      '\ufeff<?xml version="1.0" encoding="UTF-8"?><a xmlns:p="u"><p:b c="d">&#65;&amp;<![CDATA[x]]></p:b><!-- e --><?f g?></a>',
    )
    const pieces = [
      '<',
      '>',
      '&',
      ';',
      '"',
      ']]>',
      '<![CDATA[',
      '<!--',
      '<!DOCTYPE',
      '\0',
      'é',
      '<?xml',
    ]
    let faults = 0
    for (let round = 0; round < 3_000; round += 1) {
      const at = Math.floor(random() * good.length)
      const piece = Buffer.from(pieces[Math.floor(random() * pieces.length)]!)
      const tail = good.subarray(at + Math.floor(random() * 3))
      const input = Buffer.concat([good.subarray(0, at), piece, tail])
      if (scan(input.subarray(0, Math.floor(random() * 1.3 * input.length))).fault) faults += 1
    }
    expect(faults).toBeGreaterThan(1_000)
  })
})
