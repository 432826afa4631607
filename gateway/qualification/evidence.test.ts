import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { unzipSync, Zip, ZipDeflate, zipSync } from 'fflate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compareResults, type CampaignResult } from './campaign.ts'
import { checkEvidenceZip } from './check-evidence-zip.ts'
import { checkEvidence } from './check-evidence.ts'
import { evidenceHtml } from './evidence-html.ts'
import { evidenceJson } from './evidence-json.ts'
import { junitOf } from './evidence-junit.ts'
import { UNSEALED } from './evidence-seal.ts'
import { EVIDENCE_TEXTS } from './evidence-texts.ts'
import { zipEvidence } from './evidence-zip.ts'
import { evidenceVerdict, type CampaignEvidence, type EvidenceDocument } from './evidence.ts'
import type { RunDocument } from './qualification.ts'
import { resultBadge } from './result-badge.ts'

const MESSAGE = Buffer.from('<Invoice/>')
const AT = '2026-11-22T10:00:00.000Z'
const NOTHING = { flows: [], returns: [], sessions: [], refusals: [], faults: [] }
const both = (text: string) => ({ en: text, fr: text })

const RUN: RunDocument = {
  id: 'run_1',
  scenario: {
    id: 'nominal',
    title: both('One good flow'),
    purpose: both('Why'),
    protocols: ['sftp'],
    needs: {},
    isAlone: false,
    references: ['TC-1'],
  },
  connectionId: 'cnx_1',
  applicationCode: 'ACM001',
  protocol: 'sftp',
  isSelf: true,
  state: 'FAILED',
  note: null,
  override: { verdict: 'PASSED', reason: 'seen <by> eye', by: 'Ann', at: AT },
  startedAt: AT,
  endedAt: '2026-11-22T10:00:02.500Z',
  startedBy: 'Ann',
  facts: {
    versions: { raccord: '0.1.0', node: '24' },
    clockOffsetMilliseconds: 0,
    codes: { FSO1110A: 'PARTIAL' },
    partner: 'Acme </script>',
    certificates: [{ subject: 'CN=a', sha256: 'ab', notAfter: AT }],
  },
  steps: [
    {
      verb: 'expect',
      kind: 'flow',
      values: {},
      withinSeconds: 1,
      say: both('Send'),
      ordinal: 1,
      state: 'FAILED',
      expected: both('a flow & more'),
      got: both('nothing'),
      startedAt: AT,
      deadline: AT,
      endedAt: AT,
      seen: NOTHING,
      answer: null,
      attachments: [],
    },
  ],
}

const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex')
const PICTURE = Buffer.from('89504e470d0a1a0a', 'hex')
const TRANSCRIPT = gzipSync('{"at":1}\n')

const EVIDENCE: EvidenceDocument = {
  format: 'raccord-evidence-2',
  seal: UNSEALED,
  madeAt: AT,
  madeBy: 'Ann',
  campaign: null,
  runs: [
    {
      run: RUN,
      messages: [
        {
          id: 'flw_1',
          direction: 'in',
          name: 'FSO1110A_x.xml',
          at: AT,
          bytes: MESSAGE.length,
          sha256: digestOf(MESSAGE),
          content: MESSAGE.toString('base64'),
        },
      ],
      sessions: [
        {
          id: 'ses_1',
          peer: '127.0.0.1',
          startedAt: AT,
          endedAt: AT,
          outcome: 'ended',
          transcriptSha256: digestOf(TRANSCRIPT),
          transcriptBytes: TRANSCRIPT.length,
          transcript: '{"at":1}',
        },
      ],
      refusals: [],
      faults: [],
      attachments: [
        {
          id: 'att_1',
          step: 1,
          name: 'écran <1>.png',
          mediaType: 'image/png',
          by: 'Ann',
          at: AT,
          bytes: PICTURE.length,
          sha256: digestOf(PICTURE),
          content: PICTURE.toString('base64'),
        },
      ],
    },
  ],
}

/** Contents by their address; what is not there fails as it is read, as in the store. */
function storeOf(...contents: readonly Buffer[]) {
  const byAddress = new Map(contents.map((content) => [digestOf(content), content]))
  return {
    read({ sha256 }: { readonly sha256: string }) {
      const content = byAddress.get(sha256)
      return Readable.from(content === undefined ? failing() : [content])
    },
  }
}

async function* failing(): AsyncGenerator<Buffer> {
  yield* []
  throw new Error('gone')
}

async function zipped(...contents: readonly Buffer[]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of zipEvidence(EVIDENCE, 'en', storeOf(...contents))) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** As the gateway writes archives. */
function zippedAsOurs(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const pieces: Uint8Array[] = []
  const zip = new Zip((_error, piece) => pieces.push(piece))
  for (const [path, content] of Object.entries(files)) {
    const file = new ZipDeflate(path)
    // Written twice: before the content and in the list, perhaps not in the same moment.
    file.mtime = EVIDENCE.madeAt
    zip.add(file)
    file.push(content, true)
  }
  zip.end()
  return Buffer.concat(pieces)
}

const checkText = (text: string) => checkEvidence(Buffer.from(text))

async function checkedZip(bytes: Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-evidence-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'run.zip'), bytes)
  return checkEvidenceZip(join(folder, 'run.zip'))
}

describe('the evidence file', () => {
  const page = evidenceHtml(EVIDENCE, 'en')

  test('is one page that asks for nothing else, in either language', () => {
    expect(page).not.toMatch(/(src|href)="(?!data:)/)
    expect(page).toContain('Acme &lt;/script&gt;')
    expect(page).toContain('seen &lt;by&gt; eye')
    expect(evidenceHtml(EVIDENCE, 'fr')).toContain('Procès-verbal de qualification')
  })

  test('may do nothing but show itself, wherever it is opened', () => {
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none';`,
    )
    expect(page.match(/<script/g)).toHaveLength(1)
  })

  test('shows each verdict that a person gave, the replaced ones too', () => {
    const earlier = [{ verdict: 'FAILED' as const, reason: 'no <proof>', by: 'Bob', at: AT }]
    const override = { ...RUN.override!, earlier }
    const text = evidenceHtml(
      { ...EVIDENCE, runs: [{ ...EVIDENCE.runs[0]!, run: { ...RUN, override } }] },
      'en',
    )
    expect(text).toContain('no &lt;proof&gt;')
    expect(text.indexOf('no &lt;proof&gt;')).toBeLessThan(text.indexOf('seen &lt;by&gt; eye'))
  })

  test('has its badge in its language', () => {
    expect(evidenceHtml(EVIDENCE, 'fr')).toContain('aria-label="nominal: réussi"')
    expect(resultBadge('<a">', 'FAILED', 'en')).toContain('aria-label="&lt;a&quot;&gt;: failed"')
  })

  test('comes to the result of its campaign, unless a person judged a run of it otherwise', () => {
    const campaign = { result: { state: 'FAILED' } } as CampaignEvidence
    expect(evidenceVerdict([{ ...RUN, override: null }], campaign)).toBe('FAILED')
    expect(evidenceVerdict([RUN], campaign)).toBe('PASSED')
  })

  test('is found as it was made', () => {
    expect(checkText(page)?.checks.map(({ isGood }) => isGood)).toEqual([true, true, true])
  })

  test('is found changed, whatever was changed in the record or a message', () => {
    const changed = page.replace('"state":"FAILED"', '"state":"PASSED"')
    expect(checkText(changed)?.checks[0]).toMatchObject({ isGood: false })
    const shown = page.replace('FAILED', 'PASSED').replace('<h1>', '<h1>x ')
    expect(checkText(shown)?.checks[0]).toMatchObject({ isGood: false })
    const other = page.replace(
      MESSAGE.toString('base64'),
      Buffer.from('<Other/>').toString('base64'),
    )
    expect(checkText(other)?.checks.map(({ isGood }) => isGood)).toEqual([false, false, true])
    expect(checkText('<html></html>')).toBeUndefined()
  })

  test('is found changed, whichever byte of it is another', () => {
    const text = evidenceHtml({ ...EVIDENCE, madeBy: 'A\uFFFD<nn' }, 'fr')
    const files = [
      [Buffer.from(text), 5],
      [Buffer.from(evidenceJson(EVIDENCE)), 1],
    ] as const
    for (const [file, step] of files) {
      const places = [...file.keys()].filter((at) => at % step === 0 || file[at] === 0xef)
      const unnoticed = places.filter((at) => {
        const changed = Buffer.from(file)
        // With 0xf0 for 0xef the replacement character is cut, and reads as itself.
        return (file[at] === 0xef ? [0xee, 0xf0] : [file[at]! ^ 1]).some((byte) => {
          changed[at] = byte
          return checkEvidence(changed)?.checks.every(({ isGood }) => isGood) ?? false
        })
      })
      expect(unnoticed).toEqual([])
    }
  })

  test('that is a record no longer is told so', () => {
    const json = evidenceJson(EVIDENCE).replace('"messages"', '"massages"')
    expect(checkText(json)?.checks).toMatchObject([{ isGood: false }])
  })

  test('as JSON too is found as it was made, and changed', () => {
    const json = evidenceJson(EVIDENCE)
    expect(JSON.parse(json)).toMatchObject({ madeBy: 'Ann', runs: [{ run: { id: 'run_1' } }] })
    expect(checkText(json)?.checks.every(({ isGood }) => isGood)).toBe(true)
    const changed = json.replace('"madeBy":"Ann"', '"madeBy":"Bob"')
    expect(checkText(changed)?.checks[0]).toMatchObject({ isGood: false })
  })

  test('holds what is signed: parties, scope, verdict, reserves with both results, a place to sign', () => {
    const { parties, scope, verdict, reserves, signatures, forPartner, insteadOf } = EVIDENCE_TEXTS
    for (const language of ['en', 'fr'] as const) {
      const text = evidenceHtml(EVIDENCE, language)
      for (const part of [parties, scope, verdict, reserves, signatures, forPartner, insteadOf]) {
        expect(text).toContain(part[language])
      }
    }
  })

  test('as JUnit says what was expected and got, and which run it was', () => {
    const xml = junitOf([RUN])
    expect(xml).toContain('<failure message="expected a flow &amp; more">nothing</failure>')
    expect(xml).toContain('<property name="override" value="PASSED: seen &lt;by&gt; eye"/>')
    expect(xml).toContain('failures="1" errors="0" skipped="0"')
    const facts = { ...RUN.facts, partner: 'Acme 😀\u0007' }
    expect(junitOf([{ ...RUN, facts }])).toContain('value="Acme 😀\uFFFD"')
  })
})

describe('the evidence archive', () => {
  test('holds page, data, JUnit, badges, and each message, transcript and attachment whole', async () => {
    const files = unzipSync(await zipped(MESSAGE, TRANSCRIPT, PICTURE))
    const folder = 'runs/nominal-run_1'
    expect(Object.keys(files)).toEqual([
      'evidence.html',
      'evidence.json',
      'junit.xml',
      'badge.svg',
      `${folder}/badge.svg`,
      `${folder}/messages/in-flw_1-FSO1110A_x.xml`,
      `${folder}/transcripts/ses_1.ndjson`,
      `${folder}/attachments/1-att_1-_cran__1_.png`,
      'SHA256SUMS',
    ])
    expect(Buffer.from(files[`${folder}/transcripts/ses_1.ndjson`]!).toString()).toBe('{"at":1}\n')
  })

  test('is found as it was made, also where the store has a content no longer, which it says', async () => {
    const checks = await checkedZip(await zipped(MESSAGE, TRANSCRIPT, PICTURE))
    expect(checks?.filter(({ isGood }) => !isGood)).toEqual([])
    const without = await zipped(MESSAGE, PICTURE)
    expect((await checkedZip(without))?.filter(({ isGood }) => !isGood)).toEqual([])
    expect(Buffer.from(unzipSync(without)['LEFT-OUT.txt']!).toString()).toContain('ses_1')
  })

  test('is found changed where its list goes along with the change', async () => {
    const files = unzipSync(await zipped(MESSAGE, TRANSCRIPT, PICTURE))
    const sums = Buffer.from(files['SHA256SUMS']!).toString()
    const message = Object.keys(files).find((path) => path.includes('/messages/')) ?? ''
    const badOf = async (changed: typeof files, list: string) => {
      const bytes = zippedAsOurs({ ...changed, SHA256SUMS: Buffer.from(list) })
      return (await checkedZip(bytes))?.flatMap(({ what, isGood }) => (isGood ? [] : [what.en]))
    }
    expect(await badOf(files, sums)).toEqual([])
    expect(await badOf(files, sums.replace('  evidence', ' *evidence'))).toEqual([
      'the archive as it was made',
    ])
    const { [message]: _taken, ...rest } = files
    const without = sums.split('\n').filter((line) => !line.endsWith(message))
    expect(await badOf(rest, without.join('\n'))).toEqual(['FSO1110A_x.xml, as recorded'])
    const other = Buffer.from(evidenceJson({ ...EVIDENCE, madeBy: 'Bob' }))
    const digest = digestOf(Buffer.from(files['evidence.json']!))
    expect(
      await badOf({ ...files, 'evidence.json': other }, sums.replace(digest, digestOf(other))),
    ).toEqual(['page and data say the same'])
  })

  test('is found changed, whatever was changed, added, taken away or cut', async () => {
    const whole = await zipped(MESSAGE, TRANSCRIPT, PICTURE)
    const files = unzipSync(whole)
    const message = Object.keys(files).find((path) => path.includes('/messages/')) ?? ''
    const { [message]: _taken, ...rest } = files
    const changed = [
      zipSync({ ...files, [message]: Buffer.from('<Other/>') }),
      zipSync({ ...files, 'more.txt': Buffer.from('more') }),
      zipSync(rest),
      whole.subarray(0, whole.length - 40),
    ]
    for (const bytes of changed) {
      const checks = await checkedZip(bytes)
      expect(checks === undefined || checks.some(({ isGood }) => !isGood)).toBe(true)
    }
    const list = whole.lastIndexOf('PK\u0001\u0002')
    for (let at = whole.indexOf('PK\u0001\u0002'); at < whole.length; at += at < list ? 7 : 1) {
      const other = Buffer.from(whole)
      other[at] = other[at]! ^ 1
      const checks = await checkedZip(other)
      expect(checks === undefined || checks.some(({ isGood }) => !isGood), `byte ${at}`).toBe(true)
    }
    expect(await checkedZip(zipSync({ 'a.txt': Buffer.from('a') }))).toBeUndefined()
  })
})

describe('two results of a campaign', () => {
  const resultOf = (items: Readonly<Record<string, CampaignResult['items'][number]['result']>>) =>
    ({
      id: 'cpr_1',
      campaign: { version: '1' },
      startedAt: AT,
      endedAt: AT,
      items: Object.entries(items).map(([scenario, result]) => ({ scenario, result })),
    }) as unknown as CampaignResult

  test('are compared scenario by scenario', () => {
    const before = resultOf({ a: 'PASSED', b: 'FAILED', c: 'PASSED', d: 'NOT_RUN' })
    const now = resultOf({ a: 'FAILED', b: 'PASSED', c: 'PASSED', e: 'PASSED' })
    const { items } = compareResults(before, now)
    expect(Object.fromEntries(items.map(({ scenario, change }) => [scenario, change]))).toEqual({
      a: 'worse',
      b: 'better',
      c: 'same',
      d: 'gone',
      e: 'new',
    })
  })
})
