import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runProgram, startProgram, until } from '../support/child-program.ts'
import type { ProgramEnd } from '../support/child-program.ts'
import { flowName } from '../support/door-ground.ts'
import { describeWith } from '../support/programs.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

let reception: Reception

beforeEach(async () => {
  reception = await startReception()
})

afterEach(() => reception.stop())

/** lftp's script: who we are, no retry, and the commands; the first failure is its exit code. */
function script(commands: readonly string[]): string {
  const { keyFile, knownHostsFile, user, host, port } = reception
  const connect = `ssh -a -x -F none -i ${keyFile} -o IdentitiesOnly=yes -o UserKnownHostsFile=${knownHostsFile}`
  return [
    `set sftp:connect-program "${connect}"`,
    'set net:max-retries 1',
    'set net:timeout 20',
    'set cmd:fail-exit true',
    `open -u ${user}, sftp://${host}:${port}`,
    ...commands,
  ].join('\n')
}

function lftp(...commands: string[]): Promise<ProgramEnd> {
  return runProgram('lftp', ['--norc', '-c', script(commands)], { cwd: reception.folder })
}

async function batch(name: string, bytes: number): Promise<Buffer> {
  const content = gzipSync(randomBytes(bytes), { level: 0 })
  await writeFile(join(reception.folder, name), content)
  return content
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describeWith('lftp', 'ssh')('lftp', () => {
  test('puts a batch, with its times, and sees it listed', async () => {
    const content = await batch('b', 3_000_000)
    const end = await lftp(`put b -o depot/${flowName(1)}`, 'ls depot', 'cls -l depot')
    expect(end).toMatchObject({ code: 0 })
    expect(end.stdout).toContain(`${content.length}`)
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('mirrors many over several connections', async () => {
    const names = Array.from({ length: 8 }, (_, index) => flowName(index + 1))
    await Promise.all(names.map((name) => batch(name, 200_000)))
    const end = await lftp('mirror -R --no-recursion --parallel=4 -I FSO* . depot')
    expect(end).toMatchObject({ code: 0 })
    const flows = await reception.flows()
    expect(flows.map((flow) => flow.name).toSorted()).toEqual(names)
  })

  test('resumes by put -c what was killed', async () => {
    const content = await batch('b', 30_000_000)
    const commands = ['set net:limit-rate 4000000', `put b -o depot/${flowName(1)}`]
    const child = startProgram('lftp', ['--norc', '-c', script(commands)], {
      cwd: reception.folder,
    })
    const staged = (): number => reception.ground.staging.usedBytes('cnx_partner')
    await until('some bytes are staged', () => staged() > 2_000_000)
    child.kill('SIGKILL')
    await child.ended
    const kept = () => reception.ground.staging.find('cnx_partner', flowName(1))
    await until('the part is kept', () => kept() !== undefined)
    expect(await reception.flows()).toEqual([])
    expect(await lftp(`put -c b -o depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('uploads under its temporary name and renames', async () => {
    const content = await batch('b', 100_000)
    const end = await lftp('set xfer:use-temp-file true', `put b -o depot/${flowName(1)}`)
    expect(end).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('gets a return flow once', async () => {
    const content = randomBytes(2_000_000)
    await reception.offer('CSO.tar.gz', content)
    // lftp ends without waiting for CLOSE to be answered, often without sending it: what comes
    // after the get makes sure that it is. Without CLOSE the return flow would stay.
    const end = await lftp('get retrait/CSO.tar.gz -o back', 'ls retrait/')
    expect(end).toMatchObject({ code: 0 })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'DELIVERED' })
    expect((await lftp('get retrait/CSO.tar.gz -o again')).code).not.toBe(0)
  })

  test('gets by pieces in parallel without losing the return flow', async () => {
    const content = randomBytes(8_000_000)
    await reception.offer('CSO.tar.gz', content)
    expect(await lftp('pget -n 3 retrait/CSO.tar.gz -o back')).toMatchObject({ code: 0 })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
  })

  test('is told when a name is refused', async () => {
    await batch('b', 1_000)
    const end = await lftp('put b -o depot/facture.xml')
    expect(end.code).not.toBe(0)
    expect(end.stderr).toContain('interface code')
  })
})
