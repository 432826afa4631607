import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomFillSync,
} from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { buffersPassed } from '../../protocols/young-buffers.ts'
import { settleDisk, touchFreePages } from '../bench-context.ts'
import type { Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { scratchFolder } from '../scratch.ts'

const MEBIBYTE = 1024 * 1024
/** What OpenSSH's client puts in one SSH packet. */
const PACKET_BYTES = 32 * 1024
const IV_BYTES = 12
const ROUNDS = 3

/**
 * What the parts of a transfer of 512 MB cost in CPU by Node's own primitives alone, without
 * network, SSH or SFTP, memory collected as the gateway does. To be read beside the CPU of a put
 * and a get: `sftp-server` hashes nothing.
 */
export const measureFloor: Suite = async (bench) => {
  const { mebibytes } = await bench.largeArchive()
  const scratch = scratchFolder()
  const path = join(scratch.path, 'file')
  const pieces = mebibytes
  const piece = randomFillSync(Buffer.alloc(MEBIBYTE))
  const key = createSecretKey(randomFillSync(Buffer.alloc(16)))
  const iv = Buffer.alloc(IV_BYTES)
  const packets = (mebibytes * MEBIBYTE) / PACKET_BYTES
  const packet = piece.subarray(0, PACKET_BYTES)
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  const sealed = Buffer.concat([cipher.update(packet), cipher.final()])
  const tag = cipher.getAuthTag()
  const parts: Readonly<Record<string, () => void>> = {
    'AES-GCM, opened by the packet': () => {
      for (let count = 0; count < packets; count += 1) {
        const decipher = createDecipheriv('aes-128-gcm', key, iv)
        decipher.setAuthTag(tag)
        decipher.update(sealed)
        decipher.final()
        buffersPassed(PACKET_BYTES)
      }
    },
    'SHA-256': () => {
      const hash = createHash('sha256')
      for (let count = 0; count < pieces; count += 1) hash.update(piece)
      hash.digest()
    },
    'file written and synced': () => {
      const file = openSync(path, 'w')
      for (let count = 0; count < pieces; count += 1) writeSync(file, piece)
      fdatasyncSync(file)
      closeSync(file)
    },
    'file read': () => {
      const file = openSync(path, 'r')
      while (readSync(file, piece) > 0);
      closeSync(file)
    },
    'AES-GCM, sealed by the packet': () => {
      for (let count = 0; count < packets; count += 1) {
        const sealer = createCipheriv('aes-128-gcm', key, iv)
        sealer.update(packet)
        sealer.final()
        sealer.getAuthTag()
        buffersPassed(PACKET_BYTES)
      }
    },
  }
  const seconds = new Map<string, number[]>(Object.keys(parts).map((name) => [name, []]))
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      touchFreePages(scratch.path)
      settleDisk(scratch.path)
      for (const [name, run] of Object.entries(parts)) seconds.get(name)!.push(cpuSecondsOf(run))
    }
  } finally {
    scratch.remove()
  }
  return [...seconds].map(([name, ours], index): Measurement => {
    const title = `CPU of 512 MB by node alone: ${name}`
    return { id: `sftp.floor.${index + 1}`, title, unit: 's', ours }
  })
}

function cpuSecondsOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
