import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { scanXml } from './saxes-scanner.ts'
import { XML_LIMITS, type OpenAnswer } from './xml/xml-scanner.ts'

function scan(content: string | Uint8Array, answer: OpenAnswer = 'read') {
  const events: string[] = []
  const places: { line: number; column: number }[] = []
  const offsets: number[] = []
  const { fault, encoding, ...document } = scanXml(
    typeof content === 'string' ? Buffer.from(content) : content,
    {
      open: ({ uri, local, attributes }, offset) => {
        const values = attributes.map((one) => ` ${one.uri}|${one.local}=${one.value}`).join('')
        events.push(`<${uri}|${local}${values}`)
        offsets.push(offset)
        return answer
      },
      text: (text) => events.push(text),
      close: () => events.push('>'),
    },
  )
  places.push(...offsets.map((offset) => document.locate(offset)))
  return { events: events.join(''), places, fault, encoding }
}
const ruleOf = (content: string | Uint8Array): string | undefined => scan(content).fault?.rule

describe('the scanner', () => {
  test('gives names by namespace, attributes, and texts joined over comments and CDATA', () => {
    const { events } = scan(
      '<a xmlns="u" xmlns:p="v"><p:b p:c="&lt;1" d="2">x<!-- no -->y<![CDATA[<&]]>&#x41;</p:b><?pi?></a>',
    )
    expect(events).toBe('<u|a<v|b v|c=<1 |d=2xy<&A>>')
  })

  test.each(['\n', '\r\n'])(
    'places a start tag by its first character, with %j as line end',
    (end) => {
      const { places } = scan(['<a>', '  <b', '   c="1"/><d', `/>é<e/>`, '</a>'].join(end))
      expect(places).toEqual([
        { line: 1, column: 1 },
        { line: 2, column: 3 },
        { line: 3, column: 11 },
        { line: 4, column: 4 },
      ])
    },
  )

  test('places are right beyond the first 64 Ki characters too', () => {
    const { places } = scan(`<a>${'\n'.repeat(200_000)} <b/></a>`)
    expect(places[1]).toEqual({ line: 200_001, column: 2 })
  })

  test('stops where the handler says, whatever follows', () => {
    expect(scan('<a><b></c>', 'stop')).toMatchObject({ events: '<|a', fault: undefined })
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
    expect(scan(content)).toMatchObject({ encoding, events: `<|a${text}>`, fault: undefined })
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
    ['too many attributes', attributes(XML_LIMITS.attributes + 1), 'XML-LIMIT-ATTRIBUTES'],
    ['a long name', `<${'a'.repeat(XML_LIMITS.nameCharacters + 1)}/>`, 'XML-LIMIT-NAME'],
    [
      'a long attribute name',
      `<a ${'b'.repeat(XML_LIMITS.nameCharacters + 1)}=""/>`,
      'XML-LIMIT-NAME',
    ],
    ['a long text', `<a>${'x'.repeat(XML_LIMITS.textCharacters)}<!-- -->x</a>`, 'XML-LIMIT-TEXT'],
    [
      'a long attribute',
      `<a b="${'x'.repeat(XML_LIMITS.textCharacters + 1)}"/>`,
      'XML-LIMIT-VALUE',
    ],
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
    ['two roots', '<a/><b/>', 'XML-MALFORMED'],
    ['nothing', ' ', 'XML-MALFORMED'],
    ['a cut', '<a><b>', 'XML-MALFORMED'],
  ])('%s', (_what, content, rule) => {
    expect(ruleOf(content)).toBe(rule)
  })

  test('a long text is placed where its element starts', () => {
    const text = 'x'.repeat(XML_LIMITS.textCharacters + 1)
    expect(scan(`<a>\n <b>${text}</b></a>`).fault).toMatchObject({ line: 2, column: 2 })
  })

  test('what is at a limit passes, and an attachment may be a long text', () => {
    expect(ruleOf(nested(XML_LIMITS.depth))).toBeUndefined()
    expect(ruleOf(attributes(XML_LIMITS.attributes))).toBeUndefined()
    const long = `<a>${'x'.repeat(XML_LIMITS.textCharacters + 1)}</a>`
    expect(scan(long, 'long-text').fault).toBeUndefined()
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
