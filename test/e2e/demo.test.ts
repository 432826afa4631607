import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runRaccord, type RaccordRun } from '../support/raccord-command.ts'

interface DemoDocument {
  ok: boolean
  flows: {
    case: string
    protocol: string
    state: string | null
    expectedState: string | null
    refusal: { code: string; id: string; message: { en: string; fr: string } } | null
    invoices: { total: number; integrated: number; refused: number }
    returns: { name: string; retrieved: boolean }[]
    findings?: { rule: string; part?: number }[]
  }[]
}

describe('raccord demo --once --json', () => {
  let run: RaccordRun
  let document: DemoDocument
  let temporary: string

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'raccord-test-demo-'))
    run = await runRaccord(['demo', '--once', '--json'], { environment: { TMPDIR: temporary } })
    document = JSON.parse(run.stdout) as DemoDocument
  })
  afterAll(() => rm(temporary, { recursive: true, maxRetries: 10 }))

  test('ends with 0 and says nothing but the document on standard output', () => {
    expect(run.exitCode, run.stderr).toBe(0)
    expect(document.ok).toBe(true)
  })

  test('every flow ends in its expected state, and every report was fetched by a real read', () => {
    for (const flow of document.flows) {
      expect(flow.state, flow.case).toBe(flow.expectedState)
      expect(
        flow.returns.map((back) => back.retrieved),
        flow.case,
      ).toEqual(flow.state === null ? [] : [true])
    }
  })

  test('a partner sends over each protocol, and the report of those that are called is brought', () => {
    for (const protocol of ['as2', 'pesit']) {
      expect(found(`batch-${protocol}`)).toMatchObject({ protocol, state: 'IN_INTEGRE' })
    }
    expect(found('single').protocol).toBe('sftp')
  })

  test('the system’s temporary folder is left as it was', async () => {
    expect(await readdir(temporary)).toEqual([])
  })

  test('one bad invoice of a hundred rejects all in Complete and itself only in Partial', () => {
    expect(found('complete-one-bad').invoices).toMatchObject({ total: 100, integrated: 0 })
    expect(found('partial-one-bad').invoices).toMatchObject({
      total: 100,
      integrated: 99,
      refused: 1,
    })
    expect(found('partial-one-bad').findings?.every((finding) => finding.part === 57)).toBe(true)
  })

  test('what is refused at the door has no state, a code and words in both languages', () => {
    for (const [name, code] of [
      ['identifier-taken', 'IDENTIFIER_TAKEN'],
      ['bad-name', 'NAME_MALFORMED'],
      ['truncated', 'CONTENT_INCOMPLETE'],
    ] as const) {
      const flow = found(name)
      expect(flow.state).toBeNull()
      expect(flow.refusal).toMatchObject({
        code,
        id: expect.stringMatching(/^rfs_/) as string,
        message: { en: expect.any(String) as string, fr: expect.any(String) as string },
      })
    }
  })

  test('an identical re-send gets the same answer: the same flow', () => {
    expect(found('identical-resend')).toMatchObject({ id: (found('single') as { id?: string }).id })
  })

  function found(name: string): DemoDocument['flows'][number] {
    const flow = document.flows.find((one) => one.case === name)
    if (flow === undefined) throw new Error(`the demo has no case ${name}`)
    return flow
  }
})
