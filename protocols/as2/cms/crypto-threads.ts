import type { KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { OaepParameters } from './rsa-oaep.ts'

/** What a thread is asked. */
export type CryptoJob =
  | {
      readonly kind: 'learn'
      readonly number: number
      readonly key: KeyObject
    }
  | {
      readonly kind: 'key'
      /** Of a key that the thread has learnt: to hand one over costs a third of a millisecond. */
      readonly number: number
      readonly block: Uint8Array
      readonly oaep: OaepParameters | undefined
    }
  | {
      readonly kind: 'open'
      readonly stream: number
      readonly cipher: string
      readonly key: Uint8Array
      readonly iv: Uint8Array
    }
  | { readonly kind: 'update'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'final' | 'forget'; readonly stream: number }

type CryptoAnswer =
  | { readonly id: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly fault: string }

/** A thread is gone: nothing is known of what it was asked. */
export class CryptoThreadLost extends Error {
  override readonly name = 'CryptoThreadLost'
}

/** A decipher in a thread; calls are made one after the other. */
export interface ThreadedDecipher {
  update(bytes: Buffer): Promise<Buffer>
  final(): Promise<Buffer>
  /** Right after either, or in place of `final`. */
  forget(): void
}

/**
 * Threads for what would hold up every other partner: a private operation with RSA takes a
 * millisecond or two, and 3DES runs at some 25 MB/s. None is started before the first one.
 */
export class CryptoThreads {
  readonly #threads: (CryptoThread | undefined)[]
  #next = 0

  constructor(threads: number) {
    this.#threads = Array.from({ length: threads })
  }

  async openKey(key: KeyObject, block: Buffer, oaep: OaepParameters | undefined): Promise<Buffer> {
    return this.#thread().openKey(key, block, oaep)
  }

  decipher(cipher: string, key: Buffer, iv: Buffer): ThreadedDecipher {
    const thread = this.#thread()
    const stream = (this.#next += 1)
    const opened = thread.ask({ kind: 'open', stream, cipher, key, iv })
    opened.catch(() => {}) // told by the first update
    return {
      update: async (bytes) => {
        await opened
        return thread.ask({ kind: 'update', stream, bytes })
      },
      final: () => thread.ask({ kind: 'final', stream }),
      forget: () => {
        thread.ask({ kind: 'forget', stream }).catch(() => {}) // its thread is gone with it
      },
    }
  }

  async close(): Promise<void> {
    const started = this.#threads.filter((thread) => thread !== undefined)
    await Promise.all(started.map((thread) => thread.stop()))
    this.#threads.fill(undefined)
  }

  #thread(): CryptoThread {
    this.#next += 1
    const slot = this.#next % this.#threads.length
    const standing = this.#threads[slot]
    if (standing !== undefined && !standing.isDead) return standing
    const started = new CryptoThread()
    this.#threads[slot] = started
    return started
  }
}

interface Waiting {
  readonly resolve: (bytes: Buffer) => void
  readonly reject: (error: Error) => void
}

class CryptoThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #learnt = new WeakMap<KeyObject, number>()
  #keys = 0
  #nextId = 0
  isDead = false

  constructor() {
    const file = import.meta.url.endsWith('.ts') ? './crypto-worker.ts' : './crypto-worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url))
    this.#worker.unref()
    this.#worker.on('message', (answer: CryptoAnswer) => this.#take(answer))
    this.#worker.on('error', (cause) => this.#die(cause))
    this.#worker.on('exit', () => this.#die(undefined))
  }

  openKey(key: KeyObject, block: Buffer, oaep: OaepParameters | undefined): Promise<Buffer> {
    let number = this.#learnt.get(key)
    if (number === undefined) {
      this.#keys += 1
      number = this.#keys
      this.#learnt.set(key, number)
      this.ask({ kind: 'learn', number, key }).catch(() => {}) // told by what is asked next
    }
    // A copy of its own: a buffer out of a pool would take the whole pool along.
    return this.ask({ kind: 'key', number, block: new Uint8Array(block), oaep })
  }

  ask(job: CryptoJob): Promise<Buffer> {
    if (this.isDead) return Promise.reject(new CryptoThreadLost('it has ended'))
    this.#nextId += 1
    const id = this.#nextId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, job })
    })
  }

  async stop(): Promise<void> {
    this.isDead = true
    await this.#worker.terminate()
  }

  #take(answer: CryptoAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('fault' in answer) {
      waiting?.reject(new Error(answer.fault))
      return
    }
    const { buffer, byteOffset, length } = answer.bytes
    waiting?.resolve(Buffer.from(buffer, byteOffset, length))
  }

  #die(cause: unknown): void {
    this.isDead = true
    const lost = new CryptoThreadLost('A thread for cryptography has ended', { cause })
    for (const { reject } of this.#waiting.values()) reject(lost)
    this.#waiting.clear()
  }
}
