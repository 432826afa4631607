// The partner of the benches of PeSIT, a process of its own: takes one order a message, and answers
// with the milliseconds it took.
import { createHash } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { contentOf } from '../../gateway/cli/pesit-call.ts'
import { openPartnerFolder } from '../../gateway/partner-folder.ts'
import {
  LocalFile,
  newWritingRecord,
  PARTNER_PRESETS,
  PesitRequester,
  removeLocalFile,
  TlsSessions,
} from '../../protocols/pesit/sender.ts'
import type { WritingRecord } from '../../protocols/pesit/sender.ts'

export interface PartnerOrder {
  readonly how: 'raw-write' | 'raw-read' | 'write' | 'read' | 'write-again'
  readonly isTls: boolean
  readonly port: number
  /** Partner folder, for its key. */
  readonly partner: string
  readonly path: string
  /** One for each session, one after the other on `atOnce` lines. */
  readonly names: readonly string[]
  readonly atOnce: number
  readonly resumes: boolean
  readonly sync: { readonly intervalKib: number; readonly window: number }
  readonly articleBytes: number
  /** Where what is read goes. */
  readonly folder?: string
  /** `write-again`: the first attempt goes there, and will fail. */
  readonly cutPort?: number
}

export interface PartnerResult {
  readonly milliseconds: number
  readonly resumed: number
  readonly fault?: string
}

const FILE_NAME = 'FSO1110A'
const RETURN_CODE = 'CSO1110A'
/** Programs of partners wait before they try again, most of them for longer. */
const CALL_AGAIN_MILLISECONDS = 1_000
const BLOCK_BYTES = 1024 * 1024

process.on('message', (order: PartnerOrder) => {
  run(order).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ milliseconds: 0, resumed: 0, fault: String(error) }),
  )
})

async function run(order: PartnerOrder): Promise<PartnerResult> {
  const folder = await openPartnerFolder(order.partner)
  const { privateKey, certificatePem } = await folder.credentials('client')
  const context = createSecureContext({ key: privateKey, cert: certificatePem })
  const sessions = new TlsSessions()
  const names = [...order.names]
  let resumed = 0
  let ticket: Buffer | undefined
  const call = async (access: 'read' | 'write', port = order.port): Promise<PesitRequester> => {
    const tls = { context, refuses: () => undefined, ...(order.resumes ? { sessions } : {}) }
    const requester = await PesitRequester.connect({
      place: { host: '127.0.0.1', port, ...(order.isTls ? { tls } : {}) },
      requesterId: 'GAM003',
      serverId: 'CPP001',
      profile: { ...PARTNER_PRESETS.spec, sync: order.sync },
      access,
    })
    if (requester.isResumed) resumed += 1
    return requester
  }
  const write = async (name: string, at: number): Promise<void> => {
    const content = await contentOf(order.path)
    let record = newWritingRecord(at + 1, new Date(), order.articleBytes)
    const file = { content, fileName: FILE_NAME, label: name }
    if (order.cutPort !== undefined) {
      const onRecord = async (next: WritingRecord) => {
        record = next
      }
      const first = await call('write', order.cutPort)
      await first.write({ ...file, record, isRestart: false, onRecord }).then(
        () => Promise.reject(new Error('the network did not go away')),
        () => first.close(),
      )
      await sleep(CALL_AGAIN_MILLISECONDS)
    }
    const requester = await call('write')
    const isRestart = order.cutPort !== undefined
    await requester.write({ ...file, record, isRestart })
    await content.close()
    await requester.close()
  }
  const one = async (name: string, at: number): Promise<void> => {
    if (order.how === 'raw-write') {
      ticket = (await rawWrite(order, context, order.resumes ? ticket : undefined)) ?? ticket
    } else if (order.how === 'raw-read') await rawRead(order, context)
    else if (order.how === 'read') await read(order, await call('read'))
    else await write(name, at)
  }
  const startedAt = performance.now()
  let next = 0
  const line = async (): Promise<void> => {
    for (;;) {
      const at = next
      next += 1
      const name = names[at]
      if (name === undefined) return
      await one(name, at)
    }
  }
  await Promise.all(Array.from({ length: order.atOnce }, line))
  return { milliseconds: performance.now() - startedAt, resumed }
}

/** To disk, its SHA-256 taken on the way, as the reference does. */
async function read({ folder = '.' }: PartnerOrder, requester: PesitRequester): Promise<void> {
  const path = join(folder, 'read')
  const hash = createHash('sha256')
  await requester.fetch({
    fileName: RETURN_CODE,
    open: async () => {
      const file = await LocalFile.open(path, 'begin')
      const write = file.write.bind(file)
      file.write = async (buffers, position) => {
        for (const buffer of buffers) hash.update(buffer)
        await write(buffers, position)
      }
      return { file }
    },
  })
  hash.digest('hex')
  await requester.close()
  await removeLocalFile(path)
}

async function rawRead(
  { isTls, port, folder = '.' }: PartnerOrder,
  secureContext: ReturnType<typeof createSecureContext>,
): Promise<void> {
  const path = join(folder, 'raw-read')
  const options = { host: '127.0.0.1', port }
  const socket: Socket = isTls
    ? connectTls({ ...options, secureContext, rejectUnauthorized: false })
    : connectTcp(options)
  const file = await open(path, 'w')
  const hash = createHash('sha256')
  for await (const piece of socket) {
    hash.update(piece as Buffer)
    await file.write(piece as Buffer)
  }
  hash.digest('hex')
  await file.sync()
  await file.close()
  await rm(path)
}

/** @returns what resumes the TLS session */
async function rawWrite(
  { isTls, port, path }: PartnerOrder,
  secureContext: ReturnType<typeof createSecureContext>,
  session: Buffer | undefined,
): Promise<Buffer | undefined> {
  const options = { host: '127.0.0.1', port, allowHalfOpen: true }
  const tlsOptions = { ...options, secureContext, rejectUnauthorized: false }
  const socket: Socket = isTls
    ? connectTls(session === undefined ? tlsOptions : { ...tlsOptions, session })
    : connectTcp(options)
  let made: Buffer | undefined
  socket.on('session', (ticket: Buffer) => {
    made = ticket
  })
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', resolve)
    socket.resume()
  })
  const file = await open(path, 'r')
  const room = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(room, 0, room.length)
    if (bytesRead === 0) break
    await new Promise<void>((resolve, reject) => {
      socket.write(room.subarray(0, bytesRead), (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }
  await file.close()
  socket.end()
  await answered
  return made
}
