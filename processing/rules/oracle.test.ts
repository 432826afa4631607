import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EN16931_POLICY } from '../../test/support/judge-file.ts'
import { describeWithShared, shared } from '../../test/support/shared.ts'
import { checkInvoice } from '../../test/support/check-invoice.ts'
import { RULES } from './rules.ts'

/** One case of the shared expectations, as far as it is compared here. */
interface Case {
  readonly file: string
  readonly syntax: string
  readonly xsdValid: boolean
  readonly en16931: {
    readonly fatal: readonly string[]
    readonly at?: readonly { readonly id: string; readonly path: string; readonly line: number }[]
    /** The reference engine stopped on this file: it must be refused, by whatever rule. */
    readonly oracleError?: boolean
  }
}

const IMPLEMENTED: ReadonlySet<string> = new Set(
  RULES.filter(({ sets }) => sets.includes('en16931')).map(({ id }) => id),
)

const FOLDERS = ['en16931-unit', 'en16931-examples', 'xrechnung-testsuite', 'own'] as const

describeWithShared('against the official artefacts, on the rules that exist', () => {
  const cases = (folder: string): readonly Case[] => {
    const { cases: all } = JSON.parse(
      readFileSync(shared('data/invoices/expectations.json'), 'utf8'),
    ) as { readonly cases: readonly Case[] }
    return all.filter(
      ({ file, syntax }) => file.startsWith(`${folder}/`) && syntax.startsWith('ubl'),
    )
  }

  test.each(FOLDERS)(
    'every UBL case of %s has the same rules broken at the same places',
    { timeout: 60_000 },
    (folder) => {
      const wrong: string[] = []
      let places = 0
      let refusedOnly = 0
      for (const { file, xsdValid, en16931 } of cases(folder)) {
        const bytes = readFileSync(shared(`data/invoices/${file}`))
        const { findings, isCorrect, structureFailed } = checkInvoice(
          { part: 1, file, bytes },
          EN16931_POLICY,
        )
        if (en16931.oracleError === true) {
          refusedOnly += 1
          if (isCorrect) wrong.push(`${file}: accepted, the reference engine stops on it`)
          continue
        }
        if (xsdValid && structureFailed) wrong.push(`${file}: valid for the schema, refused`)
        const found = findings.filter(({ rule }) => IMPLEMENTED.has(rule))
        const expected = en16931.fatal.filter((id) => IMPLEMENTED.has(id))
        const ids = new Set(found.map(({ rule }) => rule))
        const got = found.map(({ rule, path, line }) => `${rule} ${path} ${line}`).toSorted()
        const wanted = (en16931.at ?? [])
          .filter(({ id }) => IMPLEMENTED.has(id))
          .map(({ id, path, line }) => `${id} ${path} ${line}`)
          .toSorted()
        places += wanted.length
        if ([...ids].toSorted().join() !== [...new Set(expected)].toSorted().join()) {
          wrong.push(`${file}: rules ${[...ids].join()} in place of ${expected.join()}`)
        } else if (en16931.at !== undefined && got.join('\n') !== wanted.join('\n')) {
          wrong.push(`${file}: places ${got.join(' | ')} in place of ${wanted.join(' | ')}`)
        }
      }
      expect(wrong).toEqual([])
      process.stdout.write(
        `${folder}: ${cases(folder).length} UBL cases, ${IMPLEMENTED.size} rules, ${places} places, ${refusedOnly} refused only\n`,
      )
    },
  )
})
