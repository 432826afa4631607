import { createHash } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { DeliveryFault, type ReturnFlowSender } from '../../protocols/return-flow-sender.ts'

/**
 * A partner that is called over plain TCP: a line of JSON (`key`, `name`, `bytes`), the content, then
 * it answers with a line. Like any partner it knows a message that comes again by its key.
 */
export interface TcpPartner {
  readonly port: number
  /** Names of what it took, in order; what came again is not there twice. */
  readonly taken: readonly string[]
  /** Keys of messages that came again after they had been taken. */
  readonly again: readonly string[]
  /** Messages begun, whole or not. */
  readonly begun: number
  /** Most that were under way at a time. */
  readonly most: number
  /** What it does with the next messages. */
  manner: TcpManner
  stop(): Promise<void>
}

export interface TcpManner {
  /** Before it answers. */
  readonly milliseconds?: number
  readonly answer?: (name: string) => 'OK' | 'NO' | 'NEVER' | 'cut'
  /** Takes the message, then closes without an answer. */
  readonly losesAnswer?: boolean
  /** Does not answer at all. */
  readonly isSilent?: boolean
}

export async function startTcpPartner(manner: TcpManner = {}): Promise<TcpPartner> {
  const taken: string[] = []
  const keys = new Set<string>()
  const again: string[] = []
  const sockets = new Set<Socket>()
  let [open, most, begun] = [0, 0, 0]
  const partner = {
    taken,
    again,
    manner,
    get begun() {
      return begun
    },
    get most() {
      return most
    },
  }
  const serve = async (socket: Socket): Promise<void> => {
    let received = Buffer.alloc(0)
    let head: { key: string; name: string; bytes: number } | undefined
    let isSettled = false
    const settle = (): void => {
      if (!isSettled) open -= 1
      isSettled = true
    }
    for await (const piece of socket) {
      received = Buffer.concat([received, piece as Buffer])
      if (head === undefined) {
        const end = received.indexOf(10)
        if (end === -1) continue
        head = JSON.parse(received.subarray(0, end).toString()) as typeof head
        received = received.subarray(end + 1)
        begun += 1
        open += 1
        most = Math.max(most, open)
        // Once it is answered the next one may come, before this line is closed.
        socket.once('close', settle)
      }
      if (head === undefined || received.length < head.bytes) continue
      const { milliseconds = 0, answer = () => 'OK', losesAnswer, isSilent } = partner.manner
      if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
      if (isSilent === true) continue
      const said = answer(head.name)
      settle()
      if (said === 'cut') return void socket.destroy()
      if (said === 'OK') {
        if (keys.has(head.key)) again.push(head.key)
        else taken.push(head.name)
        keys.add(head.key)
      }
      if (losesAnswer === true) return void socket.destroy()
      const sha256 = createHash('sha256').update(received).digest('hex')
      socket.end(`${said} ${sha256}\n`)
      return
    }
  }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    serve(socket).catch(() => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(partner, {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  })
}

/** Sends to it, as the senders of real protocols do. */
export const sendOverTcp: ReturnFlowSender = async (delivery) => {
  const { target, returnFlow, content, emission, signal } = delivery
  const [address] = target.addresses
  const bytes = Buffer.alloc(content.bytes)
  await content.read([bytes], 0)
  const socket = connect({ host: address ?? '', port: target.port, signal })
  let said = ''
  try {
    const key = `${returnFlow.id}.${emission}`
    const head = JSON.stringify({ key, name: returnFlow.fileName, bytes: bytes.length })
    socket.write(`${head}\n`)
    socket.write(bytes)
    for await (const piece of socket) said += String(piece)
  } catch (cause) {
    throw new DeliveryFault({
      code: 'TCP_BROKEN',
      retry: true,
      isUnreachable: (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED',
      message: { en: String(cause), fr: String(cause) },
      cause,
    })
  } finally {
    socket.destroy()
  }
  const [word = '', sha256 = ''] = said.trim().split(' ')
  if (word === 'OK') return { kind: 'mdn', at: Date.now(), evidence: { sha256 } }
  throw new DeliveryFault({
    code: word === '' ? 'NO_ANSWER' : `ANSWER_${word}`,
    retry: word !== 'NEVER',
    message: { en: `It said "${said.trim()}".`, fr: `Réponse : « ${said.trim()} ».` },
    evidence: { said: said.trim() },
  })
}
