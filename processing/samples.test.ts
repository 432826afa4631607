import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isAccepted, judgeFile } from '../test/support/judge-file.ts'
import { RULES } from './rules/rules.ts'

const SAMPLES = new URL('../test/samples/', import.meta.url)

/** See test/samples/ORIGIN.md. */
interface Sample {
  readonly file: string
  readonly accept: boolean
  readonly broken?: readonly string[]
  readonly warned?: readonly string[]
}

const CASES = JSON.parse(
  readFileSync(new URL('expectations.json', SAMPLES), 'utf8'),
) as readonly Sample[]

const OFFICIAL: ReadonlySet<string> = new Set(
  RULES.filter(({ sets }) => sets.includes('en16931')).map(({ id }) => id),
)

describe('the samples of this repository', () => {
  test.each(CASES)('$file is accepted: $accept', async ({ file, accept, broken, warned = [] }) => {
    const findings = await judgeFile(fileURLToPath(new URL(file, SAMPLES)))
    expect(isAccepted(findings)).toBe(accept)
    if (broken === undefined) return
    const official = findings.filter(({ rule }) => OFFICIAL.has(rule))
    const fatal = official.filter(({ severity }) => severity === 'fatal')
    expect(fatal.map(({ rule, path, line }) => `${rule} ${path} ${line}`).toSorted()).toEqual(
      broken.toSorted(),
    )
    const warnings = official.filter(({ severity }) => severity === 'warning')
    expect([...new Set(warnings.map(({ rule }) => rule))].toSorted()).toEqual(warned.toSorted())
  })
})
