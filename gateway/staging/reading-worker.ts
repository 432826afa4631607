import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { ContentReading } from './content-facts.ts'
import type { ReadingAnswer, ReadingRequest } from './reading-threads.ts'
import { giveWay } from './thread-priority.ts'

/** Reads files that are still growing, from their beginning up to where the owner says. */
interface Followed {
  readonly id: number
  readonly descriptor: number
  readonly reading: ContentReading
  position: number
  target: number
  isLast: boolean
}

const PIECE_BYTES = 256 * 1024
/** Read of one file before the next one gets its turn and messages are looked at. */
const TURN_BYTES = 8 * 1024 * 1024

const piece = Buffer.allocUnsafe(PIECE_BYTES)
const files = new Map<number, Followed>()
let isScheduled = false

// What comes in goes first: this thread has until CLOSE, and the pauses between packets.
giveWay()

parentPort?.on('message', (request: ReadingRequest) => {
  try {
    accept(request)
  } catch (error) {
    fail(request.id, error)
  }
})

function accept(request: ReadingRequest): void {
  const known = files.get(request.id)
  if (request.kind === 'forget') {
    if (known !== undefined) release(known)
    return
  }
  const file = known ?? follow(request)
  file.target = Math.max(file.target, request.upTo)
  file.isLast = request.isLast
  schedule()
}

function follow({
  id,
  path,
  seeksEnd,
}: Extract<ReadingRequest, { readonly kind: 'follow' }>): Followed {
  const file = {
    id,
    descriptor: openSync(path, 'r'),
    reading: new ContentReading(seeksEnd),
    position: 0,
    target: 0,
    isLast: false,
  }
  files.set(id, file)
  return file
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  setImmediate(turn)
}

function turn(): void {
  isScheduled = false
  for (const file of files.values()) {
    try {
      advance(file)
      if (file.position < file.target) schedule()
      else if (file.isLast) finish(file)
    } catch (error) {
      release(file)
      fail(file.id, error)
    }
  }
}

function advance(file: Followed): void {
  const end = Math.min(file.target, file.position + TURN_BYTES)
  while (file.position < end) {
    const wanted = Math.min(PIECE_BYTES, end - file.position)
    const got = readSync(file.descriptor, piece, 0, wanted, file.position)
    if (got === 0) throw new Error(`the file ends at ${file.position}, before ${file.target}`)
    file.reading.next(piece.subarray(0, got))
    file.position += got
  }
}

function finish(file: Followed): void {
  const facts = file.reading.finish()
  release(file)
  answer({ id: file.id, facts })
}

function release(file: Followed): void {
  files.delete(file.id)
  closeSync(file.descriptor)
}

function fail(id: number, error: unknown): void {
  answer({ id, fault: error instanceof Error ? error.message : String(error) })
}

function answer(message: ReadingAnswer): void {
  parentPort?.postMessage(message)
}
