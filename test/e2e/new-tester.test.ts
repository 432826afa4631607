import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignResult, CoverageRow } from '../../gateway/qualification/campaign.ts'
import type { EvidenceDocument } from '../../gateway/qualification/evidence.ts'
import { Chromium, type BrowserPage } from '../support/chromium.ts'
import { describeWith } from '../support/programs.ts'
import { runRaccord, startRaccord, untilSaid, type RaccordRun } from '../support/raccord-command.ts'

/** A demo that goes on serving, and a tester at another terminal, in a folder of their own. */
class Tester {
  readonly folder: string
  readonly demo: ReturnType<typeof startRaccord>
  code = ''

  private constructor(folder: string, demo: ReturnType<typeof startRaccord>) {
    this.folder = folder
    this.demo = demo
  }

  static async arrive(): Promise<Tester> {
    const folder = await mkdtemp(join(tmpdir(), 'raccord-test-tester-'))
    const args = ['demo', '--data', join(folder, '.raccord'), '--sftp-port', '0', '--api-port', '0']
    const demo = startRaccord(args, { cwd: folder })
    await untilSaid(demo, /Send your own/)
    return new Tester(folder, demo)
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  raccord(line: string): Promise<RaccordRun> {
    return runRaccord(line.split(' '), { cwd: this.folder })
  }

  start(line: string): ReturnType<typeof startRaccord> {
    return startRaccord(line.split(' '), { cwd: this.folder })
  }

  /** A command that has to succeed. */
  async good(line: string): Promise<RaccordRun> {
    const end = await this.raccord(line)
    if (end.exitCode !== 0) throw new Error(`${line}\n${end.stdout}${end.stderr}`)
    return end
  }

  async json<Document>(line: string): Promise<Document> {
    return JSON.parse((await this.good(`${line} --json`)).stdout) as Document
  }

  async leave(): Promise<void> {
    this.demo.kill('SIGKILL')
    await this.demo.ended
    await rm(this.folder, { recursive: true, force: true })
  }
}

let tester: Tester

beforeAll(async () => {
  tester = await Tester.arrive()
  await tester.good('certs make --for sftp --cn my-software --out my')
  const made = await tester.json<{ readonly connection: { readonly applicationCode: string } }>(
    'connection create --cert my/client.p7b --submit',
  )
  tester.code = made.connection.applicationCode
  await tester.good(
    `qualify run nominal batch-partial batch-complete --connection ${tester.code} --self --evidence proof.html proof.zip proof.json --junit proof.xml`,
  )
}, 600_000)
afterAll(() => tester?.leave())

describe('a new tester, by the commands of the README', () => {
  test('has one record of all scenarios, as page, archive and data, each as it was made', async () => {
    for (const name of ['proof.html', 'proof.zip', 'proof.json']) {
      const verified = await tester.json<{ readonly ok: boolean; readonly checks: [] }>(
        `qualify verify ${name}`,
      )
      expect(verified.ok, name).toBe(true)
      expect(verified.checks.length, name).toBeGreaterThan(6)
    }
    const junit = await readFile(tester.file('proof.xml'), 'utf8')
    expect(junit.match(/<testsuite /g)).toHaveLength(3)
    expect(junit).toContain('name="gateway ssh-host-ed25519"')
    const page = await readFile(tester.file('proof.html'), 'utf8')
    await writeFile(tester.file('changed.html'), page.replace('simulated gateway', 'real gateway'))
    expect((await tester.raccord('qualify verify changed.html')).exitCode).toBe(1)
  })

  test('runs a campaign as a whole, again, and sees what changed and what is covered', async () => {
    const own = {
      id: 'ours',
      version: '2026-11',
      title: { en: 'Ours', fr: 'La nôtre' },
      purpose: { en: 'What we ask.', fr: 'Ce que nous demandons.' },
      protocols: ['sftp'],
      // The last one is of another protocol: it is not run, and said so.
      scenarios: ['nominal', 'duplicate', 'mdn-lost'],
      references: ['Plan 7'],
    }
    await writeFile(tester.file('ours.json'), JSON.stringify(own))
    const run = `qualify campaign run ours.json --connection ${tester.code} --self`
    const first = await tester.json<CampaignResult>(run)
    expect(first.items.map(({ result }) => result)).toEqual(['PASSED', 'PASSED', 'NOT_RUN'])
    expect(first.state).toBe('PASSED')
    const second = await tester.json<CampaignResult>(`${run} --evidence ours.zip ours.html`)
    expect((await tester.good('qualify verify ours.zip')).stdout).toContain('junit.xml')
    const page = await readFile(tester.file('ours.html'), 'utf8')
    expect(page).toContain('Since the last time')
    expect(page).toContain('Plan 7')
    const compared = await tester.good(`qualify campaign compare ${second.id}`)
    expect(compared.stdout).toContain(`${first.id} (2026-11) → ${second.id}`)
    const { items } = await tester.json<{ readonly items: readonly CoverageRow[] }>(
      `qualify campaign coverage --connection ${tester.code}`,
    )
    const proved = items.filter(({ scenarios }) => scenarios.includes('nominal'))
    expect(proved.map(({ direction }) => direction)).toEqual(
      expect.arrayContaining(['sent', 'received']),
    )
    await writeFile(tester.file('bad.json'), JSON.stringify({ ...own, scenarios: ['none'] }))
    const refused = await tester.raccord(run.replace('ours.json', 'bad.json'))
    expect(refused.stderr).toContain('there is no scenario none')
    const listed = await tester.good('qualify campaign list')
    expect(listed.stdout).toContain('sftp-standard')
  })
})

const MINE = `id: mine
title: { en: Two invoices, fr: Deux factures }
purpose: { en: Two are integrated., fr: Deux sont intégrées. }
protocols: [sftp]
parameters:
  count: { default: 1, minimum: 1, maximum: 9, meaning: { en: Invoices, fr: Factures } }
references: ['TC-12', 'Plan 7 §3']
steps:
  - expect: flow
    with: { invoices: $count }
  - check: state
  - expect: report
`

describe('a scenario of one’s own, by the commands', () => {
  test('is run out of its file, and its references are in the evidence', async () => {
    await writeFile(tester.file('mine.yaml'), MINE)
    const run = await tester.good(
      `qualify run mine.yaml --connection ${tester.code} --self --input count=2 --evidence mine.html mine.json`,
    )
    expect(run.stdout).toContain('✓')
    const { runs } = JSON.parse(
      await readFile(tester.file('mine.json'), 'utf8'),
    ) as EvidenceDocument
    expect(
      runs.map(({ run: { state, scenario, steps } }) => ({ state, scenario, first: steps[0] })),
    ).toMatchObject([
      {
        state: 'PASSED',
        scenario: { id: 'mine', references: ['TC-12', 'Plan 7 §3'] },
        first: { values: { invoices: 2 } },
      },
    ])
    const page = await readFile(tester.file('mine.html'), 'utf8')
    expect(page).toContain('TC-12, Plan 7 §3')
    for (const name of ['mine.html', 'mine.json']) await tester.good(`qualify verify ${name}`)
  })

  test('is not run with a fault in it, which is named with its line', async () => {
    await writeFile(tester.file('wrong.yaml'), MINE.replace('check: state', 'check: weather'))
    const refused = await tester.raccord(
      `qualify run wrong.yaml --connection ${tester.code} --self`,
    )
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/wrong\.yaml:11: /)
  })
})

describeWith('chromium')('in a real browser', () => {
  let chromium: Chromium
  let page: BrowserPage

  beforeAll(async () => {
    chromium = await Chromium.start()
    page = await chromium.page()
  })
  afterAll(() => chromium?.stop())

  test('the evidence file opens offline in both languages, asks for nothing, prints on pages', async () => {
    const { runs } = JSON.parse(await readFile(tester.file('proof.json'), 'utf8')) as {
      readonly runs: readonly { readonly run: { readonly id: string } }[]
    }
    const ids = runs.map(({ run }) => run.id).join(' ')
    await tester.good(`--lang fr qualify evidence ${ids} -o preuve.html`)
    for (const [name, title, steps] of [
      ['proof.html', 'Qualification record', 'Steps'],
      ['preuve.html', 'Procès-verbal de qualification', 'Étapes'],
    ] as const) {
      const url = pathToFileURL(tester.file(name)).href
      const before = page.requests.length
      await page.open(url)
      expect(await page.evaluate('document.querySelector("h1").innerText')).toBe(title)
      expect(await page.evaluate('document.body.innerText')).toContain(steps)
      // Its style took hold.
      expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).not.toBe('none')
      expect(page.requests.slice(before)).toEqual([url])
      // The record, then each run on a page of its own.
      const pdf = (await page.print()).toString('latin1')
      expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThanOrEqual(4)
    }
    expect(page.complaints).toEqual([])
  })

  test('the live page changes as steps pass, without being loaded again, and ends with the run', async () => {
    const running = tester.start(`qualify run nominal --connection ${tester.code} --patience 3m`)
    // Whole, however it comes.
    const [, url = ''] = await untilSaid(running, /(http:\S+\/live\/\S+)\s/)
    await page.open(url)
    await page.evaluate('window.notLoadedAgain = true')
    await page.until('document.querySelector(".now")?.innerText.includes("1. ")')
    await page.until('/^\\d+:\\d\\d$/.test(document.querySelector("[data-deadline]").innerText)')
    expect(await page.evaluate('document.querySelectorAll("section .PASSED").length')).toBe(0)
    const sent = await tester.raccord('send --sample --partner my --wait')
    expect(sent.exitCode, sent.stderr).toBe(0)
    const end = await running.ended
    expect(end.exitCode, end.stderr).toBe(0)
    // Said once the contents are there.
    await page.until('document.querySelector("#live").innerText === "The run has ended."')
    expect(await page.evaluate('document.querySelectorAll("main details").length')).not.toBe(0)
    expect(await page.evaluate('document.querySelectorAll("section .PASSED").length')).toBe(4)
    expect(await page.evaluate('document.querySelector(".now")')).toBeNull()
    expect(await page.evaluate('window.notLoadedAgain')).toBe(true)
    // Served by the API alone, under a policy that lets nothing else in.
    expect(
      page.requests
        .filter((one) => !one.startsWith('file:'))
        .every((one) => one.startsWith(new URL(url).origin)),
    ).toBe(true)
    expect(page.complaints).toEqual([])
  })
})
