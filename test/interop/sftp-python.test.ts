import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runProgram } from '../support/child-program.ts'
import type { ProgramEnd } from '../support/child-program.ts'
import { flowName } from '../support/door-ground.ts'
import { installPythonClients } from '../support/python-clients.ts'
import type { PythonClients } from '../support/python-clients.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

let clients: PythonClients | undefined
let reception: Reception

beforeAll(async () => {
  clients = await installPythonClients('paramiko', 'asyncssh')
  if (clients === undefined && process.env['CI'] === 'true') {
    throw new Error('paramiko and asyncssh cannot be installed')
  }
}, 600_000)

afterAll(() => clients?.remove())

beforeEach(async (context) => {
  if (clients === undefined) context.skip()
  reception = await startReception()
})

afterEach(() => reception.stop())

/** Runs a Python script with `HOST`, `PORT`, `USER` and `KEY` set, in the reception's folder. */
function python(prelude: string, body: string): Promise<ProgramEnd> {
  const { host, port, user, keyFile, folder } = reception
  const names = `HOST, PORT, USER, KEY = ${JSON.stringify([host, port, user, keyFile]).slice(1, -1)}`
  return runProgram(clients!.python, ['-c', `${names}\n${prelude}\n${body}`], { cwd: folder })
}

const PARAMIKO = `
import paramiko
transport = paramiko.Transport((HOST, PORT))
transport.connect(username=USER, pkey=paramiko.Ed25519Key.from_private_key_file(KEY))
sftp = paramiko.SFTPClient.from_transport(transport)
`

/** The body runs inside `async with`, indented by eight. */
const ASYNCSSH = `
import asyncio, asyncssh
async def main(body):
    async with asyncssh.connect(HOST, PORT, username=USER, client_keys=[KEY], known_hosts=None) as connection:
        async with connection.start_sftp_client() as sftp:
            await body(sftp)
`

async function batch(name: string, bytes: number): Promise<Buffer> {
  const content = gzipSync(randomBytes(bytes), { level: 0 })
  await writeFile(join(reception.folder, name), content)
  return content
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describe('paramiko', () => {
  test('puts more than its hundred requests, and finds the size it sent', async () => {
    const content = await batch('b', 8_000_000)
    const end = await python(PARAMIKO, `sftp.put('b', 'depot/${flowName(1)}')\ntransport.close()`)
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('is told of a refused name and of a cut content', async () => {
    const content = await batch('b', 100_000)
    await writeFile(join(reception.folder, 'half'), content.subarray(0, 50_000))
    const end = await python(
      PARAMIKO,
      `
for local, name in (('b', 'facture.xml'), ('half', '${flowName(1)}')):
    try:
        sftp.put(local, 'depot/' + name)
        print('taken')
    except IOError as error:
        print(error)
transport.close()`,
    )
    expect(end.stdout).toMatch(/interface code[^]*ends too early/)
    expect(await reception.flows()).toEqual([])
  })

  test('appends to what was kept, renames, and keeps times', async () => {
    const content = await batch('b', 300_000)
    const end = await python(
      PARAMIKO,
      `
data = open('b', 'rb').read()
with sftp.open('depot/x.part', 'wb') as file:
    file.set_pipelined(True)
    file.write(data[:123456])
assert sftp.stat('depot/x.part').st_size == 123456
with sftp.open('depot/x.part', 'ab') as file:
    file.write(data[123456:])
sftp.utime('depot/x.part', (1, 2))
sftp.chmod('depot/x.part', 0o600)
sftp.posix_rename('depot/x.part', 'depot/${flowName(1)}')
assert sftp.stat('depot/${flowName(1)}').st_size == len(data)
print(sorted(sftp.listdir('depot')))
transport.close()`,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain(flowName(1))
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('gets a return flow once', async () => {
    const content = randomBytes(4_000_000)
    await reception.offer('CSO.tar.gz', content)
    const end = await python(
      PARAMIKO,
      `
sftp.get('retrait/CSO.tar.gz', 'back')
assert sftp.listdir('retrait') == []
transport.close()`,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
  })
})

describe('asyncssh', () => {
  test('puts blocks that complete in any order', async () => {
    const content = await batch('b', 8_000_000)
    const end = await python(
      ASYNCSSH,
      `
async def body(sftp):
    await sftp.put('b', 'depot/${flowName(1)}', block_size=16384, max_requests=128, preserve=True)
asyncio.run(main(body))`,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(content) }])
  })

  test('puts many at a time over one session', async () => {
    const names = Array.from({ length: 20 }, (_, index) => flowName(index + 1))
    await Promise.all(names.map((name) => batch(name, 30_000)))
    const end = await python(
      ASYNCSSH,
      `
async def body(sftp):
    names = ${JSON.stringify(names)}
    await asyncio.gather(*(sftp.put(name, 'depot/' + name) for name in names))
asyncio.run(main(body))`,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    const flows = await reception.flows()
    expect(flows.map((flow) => flow.name).toSorted()).toEqual(names)
  })

  test('gets in parallel blocks, asks for space and limits, once', async () => {
    const content = randomBytes(6_000_000)
    await reception.offer('CSO.tar.gz', content)
    const end = await python(
      ASYNCSSH,
      `
async def body(sftp):
    space = await sftp.statvfs('depot')
    assert space.blocks * space.frsize == 4 * 1024 ** 3, space
    await sftp.get('retrait/CSO.tar.gz', 'back')
    assert not await sftp.exists('retrait/CSO.tar.gz')
asyncio.run(main(body))`,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect((await readFile(join(reception.folder, 'back'))).equals(content)).toBe(true)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'DELIVERED' })
  })
})
