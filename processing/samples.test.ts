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
}

const CASES = JSON.parse(
  readFileSync(new URL('expectations.json', SAMPLES), 'utf8'),
) as readonly Sample[]

const OFFICIAL: ReadonlySet<string> = new Set(
  RULES.filter(({ sets }) => sets.includes('en16931')).map(({ id }) => id),
)

describe('the samples of this repository', () => {
  test.each(CASES)('$file is accepted: $accept', async ({ file, accept, broken }) => {
    const findings = await judgeFile(fileURLToPath(new URL(file, SAMPLES)))
    expect(isAccepted(findings)).toBe(accept)
    if (broken === undefined) return
    const found = findings.filter(({ rule }) => OFFICIAL.has(rule))
    expect(found.map(({ rule, path, line }) => `${rule} ${path} ${line}`).toSorted()).toEqual(
      broken.toSorted(),
    )
  })
})
