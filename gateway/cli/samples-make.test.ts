import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { INTERFACE_CODES } from '../../config/interface-codes.ts'
import { nameVectors } from '../../processing/samples/name-vectors.ts'
import { readFlowName } from '../flow-name-check.ts'
import { CommandFailure } from './exit-codes.ts'
import { samplesMakeCommand } from './samples-make.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-samples-make-'))
})

afterEach(() => rm(folder, { recursive: true, maxRetries: 10 }))

async function make(out: string, ...args: readonly string[]): Promise<string> {
  const path = join(folder, out)
  const command = samplesMakeCommand({ environment: {}, language: 'en' })
  await command.parseAsync([...args, '--out', path], { from: 'user' })
  return path
}

const contents = async (path: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(path)).map(async (name) => [name, await readFile(join(path, name), 'base64')]),
    ),
  ) as Readonly<Record<string, string>>

describe('the names made for a code', () => {
  const codes = INTERFACE_CODES.filter((row) => row.available && row.ruleSets.length > 0)

  test.each(codes)('$code are judged at the door as the manifest says', (code) => {
    const vectors = nameVectors(code, 'ACM001', 7)
    const judged = vectors.map(({ file, refusal, what }) => {
      const read = readFlowName('ACM001', file)
      return { file, what, refusal: 'fault' in read ? read.fault : null, expected: refusal }
    })
    expect(judged.filter(({ refusal, expected }) => refusal !== expected)).toEqual([])
    expect(new Set(vectors.map(({ refusal }) => refusal)).size).toBe(6)
    expect(new Set(vectors.map(({ file }) => file.toLowerCase())).size).toBe(vectors.length)
  })

  test('are files of that name, each of a valid invoice of its own', async () => {
    const made = await contents(await make('names', 'FSO1113A', '--name-vectors', '--number', '7'))
    const expected = nameVectors(
      codes.find(({ code }) => code === 'FSO1113A')!,
      'ACM001',
      7,
    )
    const names = expected.map(({ file }) => file)
    expect(Object.keys(made).toSorted()).toEqual([...names, 'manifest.json'].toSorted())
    expect(new Set(Object.values(made)).size).toBe(names.length + 1)
  })
})

describe('a flow', () => {
  const args = ['FSO1116A', '--invoices', '4', '--bad', '1', '--rule', 'br-co-15', '--seed', 'x']

  test('of the same seed is the same bytes, and its manifest names the bad one', async () => {
    const [one, other] = [await make('one', ...args), await make('other', ...args)]
    expect(await contents(other)).toEqual(await contents(one))
    const manifest = JSON.parse(await readFile(join(one, 'manifest.json'), 'utf8')) as {
      file: string
      bad: number[]
      invoices: { verdict: string; fault: { rule: string } | null }[]
    }
    expect(await readdir(one)).toContain(manifest.file)
    expect(manifest).toMatchObject({
      code: 'FSO1116A',
      format: 'cii',
      expected: { NONE: 'IN_REJETE', COMPLETE: 'IN_REJETE', PARTIAL: 'IN_INTEGRE_PARTIEL' },
    })
    expect(manifest.bad).toHaveLength(1)
    const bad = manifest.invoices[manifest.bad[0]! - 1]
    expect(bad).toMatchObject({ verdict: 'refused', fault: { rule: 'BR-CO-15' } })
  })

  test.each([
    [['CSO1110A'], 'not the code of an incoming flow'],
    [['FSO1102A'], 'No samples are made'],
    [['FSO1110A', '--invoices', '2', '--bad', '3'], '--bad 3'],
    [['FSO1110A', '--application', 'acm'], 'no application code'],
    [['FSO1110A', '--date', '2026-02-30'], 'no day'],
    [['FSO1110A', '--rule', 'BR-NONE'], 'no rule BR-NONE'],
    [['FSO1110A', '--name-vectors', '--bad', '1'], 'one valid invoice each'],
  ])('%j is refused with its reason', async (wrong, reason) => {
    const failure = await make('wrong', ...wrong).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CommandFailure)
    expect((failure as CommandFailure).message).toContain(reason)
  })

  test('is never written over what is there', async () => {
    await make('one', 'FSO1110A', '--seed', 'x')
    await expect(make('one', 'FSO1110A', '--seed', 'y')).rejects.toThrow('is there already')
  })
})
