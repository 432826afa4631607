import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { As2Rig } from './rig.ts'

const run = promisify(execFile)
const EDGE_BYTES = 64 * 1024
const LINE_END = Buffer.from('\r\n')

/**
 * Reference B (decisions E2): `openssl cms -decrypt`, the parts taken apart, `openssl cms -verify`
 * with the content beside. Nothing is synced.
 * @returns milliseconds
 */
export async function openWithOpenSsl(rig: As2Rig, message: string): Promise<number> {
  const { folder } = rig
  const at = (name: string): string => join(folder, `openssl-${name}`)
  await writeFile(at('key.pem'), await rig.gatewayKey())
  await writeFile(at('partner.pem'), pemOf(rig.partner.signer.certificate.der))
  const key = ['-inkey', at('key.pem'), '-recip', at('key.pem')]
  const decrypt = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', message, ...key]
  const startedAt = performance.now()
  await run('openssl', [...decrypt, '-out', at('signed')])
  await split(at('signed'), at('part'), at('signature'))
  const signature = ['-inform', 'DER', '-in', at('signature'), '-content', at('part')]
  const trust = ['-certfile', at('partner.pem'), '-nointern', '-noverify']
  const verify = ['cms', '-verify', '-binary', ...signature, ...trust]
  await run('openssl', [...verify, '-out', at('payload')])
  const milliseconds = performance.now() - startedAt
  const made = ['key.pem', 'partner.pem', 'signed', 'part', 'signature', 'payload']
  await Promise.all(made.map((name) => rm(at(name), { force: true })))
  return milliseconds
}

/** The signed part, and the signature in DER. */
async function split(from: string, part: string, signature: string): Promise<void> {
  const file = await open(from, 'r')
  try {
    const { size } = await file.stat()
    const edge = async (position: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(EDGE_BYTES),
        0,
        EDGE_BYTES,
        position,
      )
      return buffer.subarray(0, bytesRead)
    }
    const head = await edge(0)
    const tailAt = Math.max(0, size - EDGE_BYTES)
    const tail = await edge(tailAt)
    // The message begins with its headers, or with the first boundary.
    const boundary = /^--[^\r\n]+\r\n/m.exec(head.toString('latin1'))!
    const start = boundary.index + boundary[0].length
    const mark = Buffer.concat([LINE_END, Buffer.from(boundary[0], 'latin1')])
    const second = tail.lastIndexOf(mark)
    const end = tailAt + second
    const content = createReadStream(from, { start, end: end - 1, highWaterMark: 1024 * 1024 })
    await pipeline(content, createWriteStream(part))
    const text = tail.subarray(second + mark.length).toString('latin1')
    const base64 = text.slice(text.indexOf('\r\n\r\n'), text.lastIndexOf('\r\n--'))
    await writeFile(signature, Buffer.from(base64, 'base64'))
  } finally {
    await file.close()
  }
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
