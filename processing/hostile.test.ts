import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAccepted, judgeFile } from '../test/support/judge-file.ts'
import { describeWithShared, shared } from '../test/support/shared.ts'

interface HostileCase {
  readonly file: string
  readonly verdict: 'accept' | 'reject'
  readonly why: string
}

describeWithShared('hostile files', () => {
  test('each is accepted or refused as its verdict says', { timeout: 60_000 }, async () => {
    const cases = JSON.parse(
      readFileSync(shared('data/invoices/hostile/expectations.json'), 'utf8'),
    ) as readonly HostileCase[]
    const wrong: string[] = []
    for (const { file, verdict, why } of cases) {
      const findings = await judgeFile(shared(`data/invoices/hostile/${file}`))
      if (isAccepted(findings) !== (verdict === 'accept')) wrong.push(`${file}: ${why}`)
    }
    expect(wrong).toEqual([])
    process.stdout.write(`hostile: ${cases.length} cases\n`)
  })
})
