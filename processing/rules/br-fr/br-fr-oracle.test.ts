import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkInvoice } from '../../../test/support/check-invoice.ts'
import { EN16931_POLICY } from '../../../test/support/judge-file.ts'
import { describeWithShared, shared } from '../../../test/support/shared.ts'
import type { CheckPolicy } from '../../check-invoices.ts'

/** One case of the shared expectations, as far as it is compared here. */
interface Case {
  readonly file: string
  readonly syntax: 'ubl-invoice' | 'ubl-creditnote' | 'cii'
  /** What version 1.4.0.03 of the artefacts says; absent where they were not run. */
  readonly brFr?: { readonly fatal: readonly string[] }
}

const policyOf = ({ syntax }: Case): CheckPolicy => ({
  ...EN16931_POLICY,
  ruleSets: ['br-fr'],
  format: syntax === 'cii' ? 'cii' : 'ubl',
})

describeWithShared('against the artefacts of the French CTC rules', () => {
  const cases = (): readonly Case[] => {
    const { cases: all } = JSON.parse(
      readFileSync(shared('data/invoices/expectations.json'), 'utf8'),
    ) as { readonly cases: readonly Case[] }
    return all.filter(({ brFr }) => brFr !== undefined)
  }

  test.each(['ubl-invoice', 'ubl-creditnote', 'cii'] as const)(
    'every case of %s breaks the same rules',
    (syntax) => {
      const wrong: string[] = []
      const judged = cases().filter((one) => one.syntax === syntax)
      const broken = new Set<string>()
      for (const one of judged) {
        const { file, brFr } = one
        const bytes = readFileSync(shared(`data/invoices/${file}`))
        const { findings } = checkInvoice({ part: 1, file, bytes }, policyOf(one))
        const got = [...new Set(findings.map(({ rule }) => rule))].toSorted()
        const wanted = [...new Set(brFr?.fatal)].toSorted()
        for (const id of wanted) broken.add(id)
        if (got.join() !== wanted.join()) {
          const more = got.filter((id) => !wanted.includes(id))
          const less = wanted.filter((id) => !got.includes(id))
          wrong.push(`${file}: too many ${more.join()}; too few ${less.join()}`)
        }
      }
      process.stdout.write(
        `br-fr ${syntax}: ${judged.length} cases, ${judged.length - wrong.length} agree, ${broken.size} rules broken\n`,
      )
      expect(wrong).toEqual([])
    },
  )
})
