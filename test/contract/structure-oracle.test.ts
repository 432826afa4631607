import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { checkStructure } from '../support/check-structure.ts'
import { describeWithShared, shared } from '../support/shared.ts'
import { mutateStructure } from '../support/structure-mutations.ts'
import { validateByXsd, type XsdSyntax } from '../support/xsd-oracle.ts'

interface Case {
  readonly file: string
  readonly kind: 'document' | 'fragment'
  readonly syntax: XsdSyntax
  readonly xsdValid: boolean
  readonly xsdFirstErrors?: readonly { readonly line: number }[]
}

const ROOTS = {
  'ubl-invoice': 'ubl:Invoice',
  'ubl-creditnote': 'cn:CreditNote',
  cii: 'rsm:CrossIndustryInvoice',
} as const satisfies Record<XsdSyntax, string>

const MUTATIONS = 4_000

/**
 * Known to differ, and left out: libxml2 takes characters that are no base64 for none at all, and
 * white space in CDATA beside elements for text.
 */
describeWithShared('the structure check beside libxml2 with the official schemas', () => {
  const cases = (): readonly Case[] =>
    (
      JSON.parse(readFileSync(shared('data/invoices/expectations.json'), 'utf8')) as {
        readonly cases: readonly Case[]
      }
    ).cases
  const read = (file: string): Buffer => readFileSync(shared(`data/invoices/${file}`))

  test('every case has the verdict of the schemas, and its first error on the same line', () => {
    const wrong: string[] = []
    let places = 0
    let samePlaces = 0
    for (const { file, syntax, xsdValid, xsdFirstErrors } of cases()) {
      const bytes = read(file)
      const issues = checkStructure(bytes, ROOTS[syntax])
      const isValid = issues?.length === 0
      if (isValid !== xsdValid) wrong.push(`${file}: ${isValid ? 'valid' : 'invalid'}`)
      const line = xsdFirstErrors?.[0]?.line
      const first = issues?.[0]
      if (line === undefined || first === undefined) continue
      places += 1
      if (line === first.place.line || line === endOfTag(bytes, first.place)) samePlaces += 1
    }
    process.stdout.write(
      `structure: first error on libxml2's line in ${samePlaces} of ${places} cases\n`,
    )
    expect(wrong).toEqual([])
    expect(samePlaces / places).toBeGreaterThan(0.98)
  })

  test('thousands of changed invoices have the verdict of the schemas', () => {
    const random = new Random(20_261_122)
    const sources = cases().filter(
      ({ kind, xsdValid, file }) => kind === 'document' && xsdValid && file.startsWith('own/'),
    )
    const wrong: string[] = []
    let invalid = 0
    let samePlaces = 0
    for (let time = 0; time < MUTATIONS; time += 1) {
      const { file, syntax } = random.pick(sources)
      let xml = read(file).toString()
      for (let count = 1 + random.below(3); count > 0; count -= 1)
        xml = mutateStructure(xml, random)
      const bytes = Buffer.from(xml)
      const verdict = validateByXsd(bytes, syntax)
      const issues = checkStructure(bytes, ROOTS[syntax])
      if (verdict.outcome === 'ill-formed' || issues === undefined) {
        if ((verdict.outcome === 'ill-formed') !== (issues === undefined))
          wrong.push(`${time} ${file}: well-formed?`)
        continue
      }
      const [first] = issues
      if ((first === undefined) !== (verdict.outcome === 'valid')) {
        wrong.push(`${time} ${file}: ${JSON.stringify(verdict)} ${JSON.stringify(first)}`)
      }
      if (verdict.outcome === 'invalid' && first !== undefined) {
        invalid += 1
        if (verdict.line === endOfTag(bytes, first.place)) samePlaces += 1
      }
    }
    process.stdout.write(
      `structure: first error on libxml2's line in ${samePlaces} of ${invalid} changed invoices\n`,
    )
    expect(wrong).toEqual([])
    expect(samePlaces / invalid).toBeGreaterThan(0.98)
  })
})

/** The line on which the start tag ends that begins at this place: libxml2 counts so. */
function endOfTag(bytes: Buffer, { line, column }: { line: number; column: number }): number {
  const lines = bytes.toString().split(/\r\n|\r|\n/)
  const rest = [lines[line - 1]?.slice(column - 1) ?? '', ...lines.slice(line)]
  return line + rest.findIndex((text) => text.includes('>'))
}
