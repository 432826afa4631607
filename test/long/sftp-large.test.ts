import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runProgram, startProgram, until } from '../support/child-program.ts'
import { PARTNER, flowName } from '../support/door-ground.ts'
import { describeWith } from '../support/programs.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { sftpBatch } from '../support/openssh-sftp.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

const MIB = 1024 * 1024
/** As near to the limit of a flow as gzip's own bytes allow. */
const CONTENT_BYTES = 1023 * MIB

let reception: Reception

beforeEach(async () => {
  // New keys every 100 MiB: a transfer of 1 GB lives through several.
  reception = await startReception({ settings: { rekeyBytes: 100 * MIB } })
})

afterEach(() => reception.stop())

const args = (): string[] => sftpBatch(reception, reception.keyFile)

function sftp(command: string) {
  return runProgram('sftp', args(), { input: `${command}\n`, cwd: reception.folder })
}

/** A gzip of nearly 1 GiB that is not compressed, written piece by piece. */
async function writeLarge(path: string): Promise<string> {
  const piece = randomBytes(MIB)
  const file = await open(path, 'w')
  await pipeline(
    function* () {
      for (let made = 0; made < CONTENT_BYTES; made += MIB) yield piece
    },
    createGzip({ level: 0 }),
    file.createWriteStream(),
  )
  return sha256Of(path)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

describeWith('sftp')('1 GB', () => {
  test('goes in whole, and comes back whole once, over several key exchanges', async () => {
    const path = join(reception.folder, 'large')
    const sha256 = await writeLarge(path)
    expect(await sftp(`put large depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ name: flowName(1), sha256 }])
    await reception.offer('CSO.tar.gz', await readFile(path))
    await rm(path)
    expect(await sftp('get retrait/CSO.tar.gz large')).toMatchObject({ code: 0 })
    expect(await sha256Of(path)).toBe(sha256)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'DELIVERED' })
  })

  test('is resumed until it is whole, however often the client is killed', async () => {
    const random = seededRandom(4)
    const sha256 = await writeLarge(join(reception.folder, 'large'))
    const { staging } = reception.ground
    let kept = 0
    let kills = 0
    // SIGINT only at first: interrupted in a resume, OpenSSH 9.2 cuts the file back to nothing.
    for (const signal of ['SIGINT', 'SIGKILL', 'SIGKILL'] as const) {
      const child = startProgram('sftp', args(), { cwd: reception.folder })
      child.type(`${kept === 0 ? 'put' : 'reput'} large depot/${flowName(1)}\n`)
      const enough = kept + (50 + Math.floor(random() * 150)) * MIB
      await until('it goes on', () => staging.usedBytes(PARTNER) > enough)
      child.kill(signal)
      kills += 1
      child.endInput()
      await child.ended
      await until('the part is kept', () => (staging.find(PARTNER, flowName(1))?.bytes ?? 0) > kept)
      kept = staging.find(PARTNER, flowName(1))!.bytes
      expect(await reception.flows()).toEqual([])
    }
    expect(await sftp(`reput large depot/${flowName(1)}`)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ sha256 }])
    process.stdout.write(`sftp: ${kills} kills in one upload of 1 GB\n`)
  })
})
