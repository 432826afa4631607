import { createDecipheriv, type Decipheriv, type KeyObject } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { CryptoJob } from './crypto-threads.ts'
import { openTransportedKey } from './key-transport.ts'

/** Thread of crypto-threads.ts: private keys, and ciphers too slow for the event loop. */

const deciphers = new Map<number, Decipheriv>()
const keys = new Map<number, KeyObject>()

function work(job: CryptoJob): Uint8Array {
  switch (job.kind) {
    case 'learn':
      keys.set(job.number, job.key)
      return new Uint8Array()
    case 'key': {
      const { number, block, oaep } = job
      // Buffers arrive as plain arrays of bytes.
      const label = oaep && { ...oaep, label: Buffer.from(oaep.label) }
      return openTransportedKey(keys.get(number)!, Buffer.from(block), label)
    }
    case 'open':
      deciphers.set(job.stream, createDecipheriv(job.cipher, job.key, job.iv))
      return new Uint8Array()
    case 'update':
      return deciphers.get(job.stream)!.update(job.bytes)
    case 'final':
      return deciphers.get(job.stream)!.final()
    case 'forget':
      deciphers.delete(job.stream)
      return new Uint8Array()
  }
}

parentPort?.on('message', ({ id, job }: { readonly id: number; readonly job: CryptoJob }) => {
  try {
    parentPort!.postMessage({ id, bytes: work(job) })
  } catch (error) {
    parentPort!.postMessage({ id, fault: error instanceof Error ? error.message : String(error) })
  }
})
