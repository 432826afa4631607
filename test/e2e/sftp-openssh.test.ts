import { createHash, randomBytes } from 'node:crypto'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runProgram, startProgram, until } from '../support/child-program.ts'
import type { ProgramEnd } from '../support/child-program.ts'
import { flowName } from '../support/door-ground.ts'
import { opensshOptions, opensshTarget, sftpBatch } from '../support/openssh-sftp.ts'
import { describeWith } from '../support/programs.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

let reception: Reception

beforeEach(async () => {
  reception = await startReception()
})

afterEach(() => reception.stop())

const options = (): string[] => opensshOptions(reception, reception.keyFile)

const target = (): string => opensshTarget(reception)

/** Runs sftp with these commands; it stops at the first that fails, with code 1. */
function sftp(...commands: string[]): Promise<ProgramEnd> {
  return runProgram('sftp', sftpBatch(reception, reception.keyFile), {
    input: `${commands.join('\n')}\n`,
    cwd: reception.folder,
  })
}

/** A batch that is gzip, large enough to be interrupted, and its file. */
async function batch(name: string, bytes: number): Promise<Buffer> {
  const content = gzipSync(randomBytes(bytes), { level: 0 })
  await writeFile(join(reception.folder, name), content)
  return content
}

/** Refusals are recorded behind the transfer, never waited for. */
async function hasRefusal(code: string): Promise<boolean> {
  return (await reception.refusals()).some((refusal) => refusal.code === code)
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describeWith('sftp', 'scp')('OpenSSH', () => {
  test('the person at the terminal is told why a file was refused, and what to do', async () => {
    await batch('b', 1_000)
    const named = await sftp('put b /depot/wrong.tar.gz')
    expect(named.code).toBe(1)
    expect(named.stderr).toContain('wrong.tar.gz: The file name breaks the rule')
    await writeFile(join(reception.folder, 'cut'), gzipSync(randomBytes(50_000)).subarray(0, 9_000))
    const cut = await sftp(`put cut /depot/${flowName(77)}`)
    expect(cut.code).toBe(1)
    expect(cut.stderr).toContain('The content ends too early')
    expect(cut.stderr).toContain('Resume the transfer')
  })

  test('sftp puts a batch, and the flow is its very bytes', async () => {
    const content = await batch('b', 3_000_000)
    const end = await sftp(`put b depot/${flowName(1)}`, 'ls -l depot')
    expect(end).toMatchObject({ code: 0 })
    expect(end.stdout).toContain(`${content.length}`)
    expect(await reception.flows()).toEqual([
      { name: flowName(1), sha256: sha256(content), bytes: content.length },
    ])
  })

  test('sftp -p and -f keep times and ask for fsync, and are satisfied', async () => {
    await batch('b', 10_000)
    expect(await sftp(`put -pf b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toHaveLength(1)
  })

  test('scp puts many files, by its SFTP mode', async () => {
    const names = [1, 2, 3, 4].map(flowName)
    await Promise.all(names.map((name) => batch(name, 50_000)))
    const files = names.map((name) => join(reception.folder, name))
    const end = await runProgram('scp', [...options(), '-p', ...files, `${target()}:/depot/`])
    expect(end).toMatchObject({ code: 0 })
    const flows = await reception.flows()
    expect(flows.map((flow) => flow.name).toSorted()).toEqual(names)
  })

  test('scp -O, which wants a shell, is refused cleanly', async () => {
    await batch(flowName(1), 1_000)
    const file = join(reception.folder, flowName(1))
    const end = await runProgram('scp', [...options(), '-O', file, `${target()}:/depot/`])
    expect(end.code).not.toBe(0)
    expect(await reception.flows()).toEqual([])
  })

  test('several at a time are all taken, each whole', async () => {
    const names = [1, 2, 3, 4, 5].map(flowName)
    const contents = await Promise.all(names.map((name) => batch(name, 2_000_000)))
    const ends = await Promise.all(names.map((name) => sftp(`put ${name} depot/${name}`)))
    expect(ends.map((end) => end.code)).toEqual([0, 0, 0, 0, 0])
    const flows = await reception.flows()
    expect(new Set(flows.map((flow) => flow.sha256))).toEqual(new Set(contents.map(sha256)))
  })

  test('the same batch again is answered well and is one flow; another under its name is refused', async () => {
    await batch('b', 40_000)
    await batch('other', 40_000)
    expect(await sftp(`put b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await sftp(`put b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    const refused = await sftp(`put other depot/${flowName(1)}`)
    expect(refused.code).toBe(1)
    expect(await reception.flows()).toHaveLength(1)
    await until('the refusal is recorded', () => hasRefusal('IDENTIFIER_TAKEN'))
  })

  test('a name that breaks the grammar is refused, and leaves nothing', async () => {
    await batch('b', 1_000)
    expect((await sftp('put b depot/facture.xml')).code).toBe(1)
    expect((await sftp('put b nowhere')).code).toBe(1)
    expect((await sftp('put b retrait/x')).code).toBe(1)
    expect(await reception.flows()).toEqual([])
    expect((await sftp('ls depot')).stdout).not.toContain('facture')
  })

  test('half a file is refused, kept, and resumed by reput', async () => {
    const content = await batch('b', 2_000_000)
    await writeFile(join(reception.folder, 'half'), content.subarray(0, 1_234_567))
    expect((await sftp(`put half depot/${flowName(1)}`)).code).toBe(1)
    expect(await reception.flows()).toEqual([])
    await until('the refusal is recorded', () => hasRefusal('CONTENT_INCOMPLETE'))
    expect(await sftp(`reput b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'an upload ended by %s is no flow, and can be resumed',
    async (signal) => {
      const content = await batch('b', 60_000_000)
      // A slow line, so that the signal falls into the transfer.
      const args = [...options(), '-l', '40000', '-b', '-', target()]
      const child = startProgram('sftp', args, { cwd: reception.folder })
      child.type(`put b depot/${flowName(1)}\n`)
      const staged = (): number => reception.ground.staging.usedBytes('cnx_partner')
      await until('some bytes are staged', () => staged() > 2_000_000)
      child.kill(signal)
      child.endInput()
      await child.ended
      const kept = () => reception.ground.staging.find('cnx_partner', flowName(1))
      await until('the part is kept', () => kept() !== undefined)
      expect(await reception.flows()).toEqual([])
      expect(kept()!.bytes).toBeLessThan(content.length)
      expect(await sftp(`reput b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
      expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
      expect(reception.ground.staging.list('cnx_partner')).toEqual([])
    },
  )

  test('a temporary name is taken in when it is renamed', async () => {
    const content = await batch('b', 500_000)
    expect(await sftp('put b depot/x.part')).toMatchObject({ code: 0 })
    expect(await reception.flows()).toEqual([])
    expect(await sftp(`rename depot/x.part depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ name: flowName(1), sha256: sha256(content) }])
    expect((await sftp(`rename depot/${flowName(1)} depot/y.part`)).code).toBe(1)
    expect((await sftp(`rm depot/${flowName(1)}`)).code).toBe(1)
  })

  test('a return flow is listed, fetched once whole, and gone', async () => {
    const content = randomBytes(3_000_000)
    await reception.offer('CSO.tar.gz', content)
    expect((await sftp('ls -l retrait')).stdout).toMatch(/-r--r--r--.* 3000000 .*CSO\.tar\.gz/)
    expect(await sftp('get retrait/CSO.tar.gz back')).toMatchObject({ code: 0 })
    const back = await readFile(join(reception.folder, 'back'))
    expect(back.equals(content)).toBe(true)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'DELIVERED' })
    expect((await sftp('get retrait/CSO.tar.gz again')).code).toBe(1)
    expect((await sftp('ls retrait')).stdout).not.toContain('CSO')
  })

  test('a retrieval that was interrupted consumes nothing', async () => {
    const content = randomBytes(30_000_000)
    await reception.offer('CSO.tar.gz', content)
    const args = [...options(), '-l', '20000', '-b', '-', target()]
    const child = startProgram('sftp', args, { cwd: reception.folder })
    child.type('get retrait/CSO.tar.gz back\n')
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000)
    })
    child.kill('SIGKILL')
    await child.ended
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'OFFERED' })
    expect(await sftp('get retrait/CSO.tar.gz back')).toMatchObject({ code: 0 })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
  })

  test('in the retrieval box nothing but list and get is allowed', async () => {
    await reception.offer('CSO.tar.gz', Buffer.from('report'))
    const refused = ['rm retrait/*', 'rename retrait/CSO.tar.gz depot/x.part', 'mkdir retrait/d']
    for (const command of refused) expect((await sftp(command)).code).toBe(1)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'OFFERED' })
  })

  test('df tells the quota, and the folders are where they should be', async () => {
    const end = await sftp('pwd', 'ls -la', 'df -h depot', 'cd depot', 'cd ../../retrait', 'pwd')
    expect(end).toMatchObject({ code: 0 })
    expect(end.stdout).toMatch(/4\.0GB/)
    expect(end.stdout).toContain('Remote working directory: /retrait')
  })

  test('a key that is not the partner’s is refused', async () => {
    const args = sftpBatch(reception, reception.strangerKeyFile)
    const end = await runProgram('sftp', args, { input: 'ls\n' })
    expect(end.code).toBe(255)
    expect(end.stderr).toContain('Permission denied')
  })

  test('a batch cut on the partner’s own disk is refused, and taken once it is whole', async () => {
    const content = await batch('b', 100_000)
    await truncate(join(reception.folder, 'b'), 50_000)
    expect((await sftp(`put b depot/${flowName(1)}`)).code).toBe(1)
    await writeFile(join(reception.folder, 'b'), content)
    expect(await sftp(`put b depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('a stop lets the transfer in hand finish', async () => {
    const content = await batch('b', 20_000_000)
    const args = [...options(), '-l', '80000', '-b', '-', target()]
    const child = startProgram('sftp', args, { cwd: reception.folder })
    child.type(`put b depot/${flowName(1)}\n`)
    child.endInput()
    await until('it is under way', () => reception.ground.staging.usedBytes('cnx_partner') > 1e6)
    const stopped = reception.listener.stop(30_000)
    expect(await child.ended).toMatchObject({ code: 0 })
    await stopped
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })
})
