import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runProgram } from '../support/child-program.ts'
import type { ProgramEnd } from '../support/child-program.ts'
import { flowName } from '../support/door-ground.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

/** Not every curl is built with SFTP. */
const hasSftp = /\bsftp\b/.test(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '')
const describeCurl = hasSftp || process.env['CI'] === 'true' ? describe : describe.skip

let reception: Reception

beforeEach(async () => {
  // libssh2 before 1.11 signs RSA with SHA-1 only: such a partner needs another kind of key.
  reception = await startReception()
})

afterEach(() => reception.stop())

function curl(path: string, ...args: string[]): Promise<ProgramEnd> {
  const { host, port, user, keyFile, folder } = reception
  const who = ['--key', keyFile, '--user', `${user}:`, '--insecure', '--silent', '--show-error']
  return runProgram('curl', [...who, ...args, `sftp://${host}:${port}${path}`], { cwd: folder })
}

async function batch(name: string, bytes: number): Promise<Buffer> {
  const content = gzipSync(randomBytes(bytes), { level: 0 })
  await writeFile(join(reception.folder, name), content)
  return content
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describeCurl('curl (libssh2)', () => {
  test('uploads a batch, making folders that are there', async () => {
    const content = await batch('b', 2_000_000)
    const end = await curl(`/depot/${flowName(1)}`, '--upload-file', 'b', '--ftp-create-dirs')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('resumes half an upload', async () => {
    const content = await batch('b', 1_000_000)
    await writeFile(join(reception.folder, 'half'), content.subarray(0, 400_000))
    await curl(`/depot/${flowName(1)}`, '--upload-file', 'half')
    expect(await reception.flows()).toEqual([])
    const end = await curl(`/depot/${flowName(1)}`, '--upload-file', 'b', '--continue-at', '-')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('uploads under a temporary name and renames by a quoted command', async () => {
    await batch('b', 50_000)
    const rename = `-rename /depot/x.part /depot/${flowName(1)}`
    const end = await curl('/depot/x.part', '--upload-file', 'b', '--quote', rename)
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await reception.flows()).toMatchObject([{ name: flowName(1) }])
  })

  test('lists and downloads a return flow once', async () => {
    const content = randomBytes(1_500_000)
    await reception.offer('CSO.tar.gz', content)
    expect((await curl('/retrait/')).stdout).toContain('CSO.tar.gz')
    expect(await curl('/retrait/CSO.tar.gz', '--output', 'back')).toMatchObject({ code: 0 })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
    expect((await curl('/retrait/CSO.tar.gz', '--output', 'again')).code).not.toBe(0)
  })

  test('is told of a refused name', async () => {
    await batch('b', 1_000)
    expect((await curl('/depot/facture.xml', '--upload-file', 'b')).code).not.toBe(0)
  })
})
