// The sending side of the benches of AS2, a process of its own: takes one order a message, posts
// what was made before over bare sockets, and answers with what it took.
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A request whose octets are made: its head, and its body here or in a file. */
export interface PreparedPost {
  readonly head: string
  readonly path?: string
  readonly body?: Uint8Array
}

/** `keep` is sent in pieces, and `run` posts all that was kept. */
export type PostingOrder =
  | { readonly kind: 'keep'; readonly posts: readonly PreparedPost[] }
  | { readonly kind: 'run'; readonly port: number; readonly connections: number }

export interface PostingResult {
  readonly milliseconds: number
  readonly cpuSeconds: number
  /** Of each message: from its last byte, handed to the system, to the whole answer. */
  readonly answerMilliseconds: readonly number[]
  readonly fault?: string
}

const BLOCK_BYTES = 1024 * 1024
const BLANK_LINE = '\r\n\r\n'

let kept: PreparedPost[] = []

process.on('message', (order: PostingOrder) => {
  if (order.kind === 'keep') {
    kept.push(...order.posts)
    process.send?.({})
    return
  }
  run(order.port, order.connections).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      const nothing = { milliseconds: 0, cpuSeconds: 0, answerMilliseconds: [] }
      process.send?.({ ...nothing, fault: String(error) })
    },
  )
})

async function run(port: number, connections: number): Promise<PostingResult> {
  const posts = kept
  kept = []
  const answerMilliseconds: number[] = []
  let next = 0
  const line = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    for (let post = posts[next++]; post !== undefined; post = posts[next++]) {
      answerMilliseconds.push(await answered(socket, post))
    }
    socket.destroy()
  }
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, line))
  const milliseconds = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { milliseconds, cpuSeconds: (user + system) / 1e6, answerMilliseconds }
}

/** @returns milliseconds from the last byte to the answer */
async function answered(socket: Socket, post: PreparedPost): Promise<number> {
  const answer = wholeAnswer(socket)
  answer.catch(() => {}) // told below, when the octets are out
  const { head, path, body } = post
  if (path === undefined) await written(socket, Buffer.concat([Buffer.from(head), body!]))
  else {
    await written(socket, Buffer.from(head))
    await writeFile(socket, path)
  }
  const sentAt = performance.now()
  const text = await answer
  if (!/^Disposition: .*; processed\r$/im.test(text)) throw new Error(text.slice(0, 2_000))
  return performance.now() - sentAt
}

async function writeFile(socket: Socket, path: string): Promise<void> {
  const file = await open(path, 'r')
  const room = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await file.read(room, 0, room.length)
      if (bytesRead === 0) return
      await written(socket, room.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

function wholeAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1')
      const end = text.indexOf(BLANK_LINE)
      const length = /^content-length: (\d+)\r$/im.exec(text)?.[1]
      if (end === -1 || text.length < end + BLANK_LINE.length + Number(length)) return
      leave()
      resolve(text)
    }
    const broken = (): void => {
      leave()
      reject(new Error(`The line broke: ${text.slice(0, 500)}`))
    }
    const leave = (): void => {
      socket.off('data', take).off('close', broken).off('error', broken)
    }
    socket.on('data', take).on('close', broken).on('error', broken)
  })
}
