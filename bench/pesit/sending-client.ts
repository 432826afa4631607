// The sending side of the benches of PeSIT, a process of its own: takes one order a message, and
// answers with the milliseconds it took.
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { open } from 'node:fs/promises'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { contentOf } from '../../gateway/cli/pesit-call.ts'
import { openPartnerFolder } from '../../gateway/partner-folder.ts'
import {
  newWritingRecord,
  PARTNER_PRESETS,
  PesitRequester,
  TlsSessions,
} from '../../protocols/pesit/sender.ts'

export interface SendingOrder {
  readonly how: 'raw' | 'pesit'
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
}

export interface SendingResult {
  readonly milliseconds: number
  readonly resumed: number
  readonly fault?: string
}

const BLOCK_BYTES = 1024 * 1024

process.on('message', (order: SendingOrder) => {
  run(order).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ milliseconds: 0, resumed: 0, fault: String(error) }),
  )
})

async function run(order: SendingOrder): Promise<SendingResult> {
  const folder = await openPartnerFolder(order.partner)
  const { privateKey, certificatePem } = await folder.credentials('client')
  const context = createSecureContext({ key: privateKey, cert: certificatePem })
  const sessions = new TlsSessions()
  const names = [...order.names]
  let resumed = 0
  let ticket: Buffer | undefined
  const one = async (name: string, at: number): Promise<void> => {
    if (order.how === 'raw') {
      ticket = (await raw(order, context, order.resumes ? ticket : undefined)) ?? ticket
      return
    }
    const { isTls, port, resumes } = order
    const tls = { context, refuses: () => undefined, ...(resumes ? { sessions } : {}) }
    const requester = await PesitRequester.connect({
      place: { host: '127.0.0.1', port, ...(isTls ? { tls } : {}) },
      requesterId: 'GAM003',
      serverId: 'CPP001',
      profile: { ...PARTNER_PRESETS.spec, sync: order.sync },
      access: 'write',
    })
    if (requester.isResumed) resumed += 1
    const content = await contentOf(order.path)
    await requester.write({
      content,
      fileName: 'FSO1110A',
      label: name,
      record: newWritingRecord(at + 1, new Date(), order.articleBytes),
      isRestart: false,
    })
    await content.close()
    await requester.close()
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

/** @returns what resumes the TLS session */
async function raw(
  { isTls, port, path }: SendingOrder,
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
