import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAccepted, judgeFile } from '../test/support/judge-file.ts'
import { describeWithShared, shared } from '../test/support/shared.ts'

interface HostileCase {
  readonly file: string
  readonly verdict: 'accept' | 'reject'
  readonly why: string
}

const MEBIBYTE = 1024 * 1024
const MAX_GROWTH_MEBIBYTES = 64

describeWithShared('hostile files', () => {
  test('each is accepted or refused as its verdict says, in little memory', async () => {
    const cases = JSON.parse(
      readFileSync(shared('data/invoices/hostile/expectations.json'), 'utf8'),
    ) as readonly HostileCase[]
    const wrong: string[] = []
    // What the engine itself needs is there before the first of them.
    await judgeFile(shared('data/invoices/hostile/ok-bom.xml'))
    await judgeFile(shared('data/invoices/hostile/ok-two.tar.gz'))
    const before = process.memoryUsage.rss()
    const startedAt = performance.now()
    let most = before
    for (const { file, verdict, why } of cases) {
      const findings = await judgeFile(shared(`data/invoices/hostile/${file}`))
      if (isAccepted(findings) !== (verdict === 'accept')) wrong.push(`${file}: ${why}`)
      most = Math.max(most, process.memoryUsage.rss())
    }
    const seconds = (performance.now() - startedAt) / 1_000
    const growth = (most - before) / MEBIBYTE
    process.stdout.write(
      `hostile: ${cases.length} cases in ${seconds.toFixed(1)} s, ${growth.toFixed(0)} MiB more at most\n`,
    )
    expect(wrong).toEqual([])
    expect(growth).toBeLessThan(MAX_GROWTH_MEBIBYTES)
  })
})
