import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { runRaccord, startRaccord, untilSaid, type RaccordRun } from '../support/raccord-command.ts'

let folder: string
let serve: ReturnType<typeof startRaccord>

const EXAMPLE = resolve(import.meta.dirname, '../../docs/examples/invoice.xml')
const PARTIES = {
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-invoices-'))
  const args = ['serve', '--data', join(folder, '.raccord'), '--sftp-port', '0', '--api-port', '0']
  serve = startRaccord([...args, '--log-level', 'error'], { cwd: folder })
  await untilSaid(serve, /--setup/)
  await writeFile(join(folder, 'good.xml'), await readFile(EXAMPLE))
})

afterAll(async () => {
  serve.kill('SIGKILL')
  await serve.ended
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

const raccord = (line: string): Promise<RaccordRun> => runRaccord(line.split(' '), { cwd: folder })

interface Judged {
  readonly results: readonly {
    readonly file: string
    readonly format: string
    readonly verdict: string
    readonly invoices: number
    readonly accepted: number
    readonly findings: readonly { readonly rule: string; readonly invoice?: string }[]
  }[]
}

describe('format-test', () => {
  test('judges files, archives and folders in one call, one result a member', async () => {
    const good = await readFile(EXAMPLE)
    const bad = Buffer.from(good.toString().replace(/<cbc:IssueDate>.*\n/, ''))
    await mkdir(join(folder, 'batch'))
    await writeFile(
      join(folder, 'batch', 'two.tar.gz'),
      await archiveBytes([
        { name: 'a.xml', content: good },
        { name: 'b.xml', content: bad },
      ]),
    )
    const end = await raccord('format-test good.xml batch --json')
    expect(end.exitCode).toBe(1)
    const { results } = JSON.parse(end.stdout) as Judged
    expect(results.map(({ file, format, verdict }) => [file, format, verdict])).toEqual([
      ['good.xml', 'ubl', 'accepted'],
      ['batch/two.tar.gz!a.xml', 'ubl', 'accepted'],
      ['batch/two.tar.gz!b.xml', 'ubl', 'refused'],
    ])
    expect(results[2]!.findings.map(({ rule }) => rule)).toContain('BR-03')
  })

  test('says of a document of several invoices how many would be taken, and which not', async () => {
    const document = makeCppDocument([
      { ...PARTIES, number: 'C-1' },
      { ...PARTIES, number: 'C-2', hasWrongTotal: true },
    ])
    await writeFile(join(folder, 'lot.xml'), document)
    const end = await raccord('format-test lot.xml --code FSO1113A --json')
    const { results } = JSON.parse(end.stdout) as Judged
    expect(results).toMatchObject([
      {
        format: 'cpp',
        verdict: 'refused',
        invoices: 2,
        accepted: 1,
        findings: [{ invoice: 'C-2' }],
      },
    ])
    const { stdout } = await raccord('format-test lot.xml --code FSO1113A')
    expect(stdout).toContain('1 of 2 invoices accepted')
  })

  test.each([
    ['nothing.xml', 'cannot be read (ENOENT)'],
    ['good.xml --rules nonsense', 'is no set of rules'],
    ['good.xml --code FSO9999A', 'is no interface code'],
    ['good.xml --directory nothing.xml', 'cannot be read (ENOENT)'],
    ['good.xml --directory good.xml', 'is no directory file'],
    ['empty', 'There is no file to judge'],
  ])('%s: is told what is wrong, exit 2', async (args, message) => {
    await mkdir(join(folder, 'empty'), { recursive: true })
    const end = await raccord(`format-test ${args}`)
    expect(end.stderr).toContain(message)
    expect(end.exitCode).toBe(2)
  })
})

describe('samples', () => {
  test('adapt leaves an invoice that is accepted, and says how to send it', async () => {
    const end = await raccord('samples adapt good.xml --out adapted --number NEW-1')
    expect(end.stderr).toContain('--code FSO1110A')
    expect((await raccord('format-test adapted/good.xml')).exitCode).toBe(0)
    const again = await raccord('samples adapt good.xml --out adapted')
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('there already')])
  })

  test('break makes an invoice that its rule refuses, whatever the capitals', async () => {
    const end = await raccord('samples break good.xml --rule br-co-10 --out broken.xml')
    expect(end.exitCode).toBe(0)
    const judged = await raccord('format-test broken.xml --json')
    const { results } = JSON.parse(judged.stdout) as Judged
    expect(results[0]!.findings.map(({ rule }) => rule)).toContain('BR-CO-10')
    const unknown = await raccord('samples break good.xml --rule BR-NONE')
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('There is no rule BR-NONE'),
    ])
  })
})

test('the directory is edited, exported and imported from the command line', async () => {
  const siret = '00000000020008'
  const set = await raccord(
    `directory set ${siret} --name Mairie --needs-service --service S1:engagement S2:inactive`,
  )
  expect(set.exitCode).toBe(0)
  const shown = await raccord(`directory show ${siret} --json`)
  expect(JSON.parse(shown.stdout)).toMatchObject({
    name: 'Mairie',
    needsService: true,
    services: [
      { code: 'S1', needsEngagement: true, isActive: true },
      { code: 'S2', needsEngagement: false, isActive: false },
    ],
  })
  await raccord(`directory set ${siret} --no-active`)
  expect((await raccord('directory list --active')).stdout).not.toContain(siret)
  const { stdout: xml } = await raccord('directory export')
  await writeFile(join(folder, 'directory.xml'), xml)
  const removed = await raccord(`directory remove ${siret}`)
  expect([removed.exitCode, removed.stderr]).toEqual([0, expect.stringContaining('taken out')])
  expect((await raccord(`directory remove ${siret}`)).exitCode).not.toBe(0)
  expect((await raccord('directory import directory.xml')).exitCode).toBe(0)
  expect((await raccord(`directory show ${siret}`)).stdout).toContain('Mairie')
})
