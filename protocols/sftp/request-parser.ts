import { MalformedPacket } from './byte-reader.ts'
import { MAX_FRAME_BYTES, MAX_HELD_FRAME_BYTES, REQUEST_TYPES } from './packet-types.ts'
import { SliceList } from './slice-list.ts'
import { WriteData, WriteMemory } from './write-memory.ts'

/** A WRITE; its data are copied, and to be released once they are written or refused. */
export interface WriteFrame {
  readonly kind: 'write'
  readonly id: number
  readonly handle: Buffer
  readonly offset: number
  readonly data: WriteData
  readonly dataBytes: number
  /** Bytes of the stream this frame took, its length field included. */
  readonly frameBytes: number
}

/** Any other request, complete: its type, and all that follows the type. */
export interface PlainFrame {
  readonly kind: 'plain'
  readonly type: number
  readonly body: Buffer
  readonly frameBytes: number
}

export type Frame = WriteFrame | PlainFrame

/** Length and type. */
const PREFIX_BYTES = 5

/** Length, type, id, length of the handle; then the handle, offset and length of the data. */
const WRITE_FIXED_BYTES = 4 + 1 + 4 + 4 + 8 + 4

/** No server issues longer handles (draft §3: at most 256 bytes). */
const MAX_HANDLE_BYTES = 256

/** A WRITE whose header was read and whose bytes are still arriving. */
interface OpenWrite {
  readonly id: number
  readonly handle: Buffer
  readonly offset: number
  readonly dataBytes: number
  readonly frameBytes: number
  readonly data: WriteData
  missingData: number
  /** Bytes after the data that belong to the frame: rclone 1.60 sends such, they are skipped. */
  missingTail: number
}

/**
 * Cuts the byte stream of a client into requests. Pure: bytes in by `push`, requests out by
 * `next`, as far as the caller wants to take them; what it does not take stays, unparsed.
 *
 * @see draft-ietf-secsh-filexfer-02 §3
 */
export class RequestParser {
  /** Bytes pushed and not yet part of a frame that was taken; the first is cut at `#start`. */
  readonly #chunks = new SliceList()
  #start = 0
  #buffered = 0
  readonly #memory = new WriteMemory()
  #write: OpenWrite | undefined

  /** Adds bytes as they arrived. The slice is kept, not copied. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.add(chunk)
    this.#buffered += chunk.length
  }

  /**
   * The next complete request, or undefined until more bytes come.
   * @throws MalformedPacket when the stream cannot be cut any further: the session must end
   */
  next(): Frame | undefined {
    if (this.#write === undefined) {
      const frame = this.#begin()
      if (frame !== undefined) return frame
      if (this.#write === undefined) return undefined
    }
    return this.#continueWrite(this.#write)
  }

  /** Reads the head of a frame; a plain one is returned when complete, a WRITE becomes open. */
  #begin(): PlainFrame | undefined {
    if (this.#buffered < PREFIX_BYTES) return undefined
    const prefix = this.#peek(PREFIX_BYTES)
    const length = prefix.readUInt32BE(0)
    const type = prefix[4]!
    if (length === 0 || length > MAX_FRAME_BYTES) {
      throw new MalformedPacket(`a frame of ${length} bytes, at most ${MAX_FRAME_BYTES} are read`)
    }
    if (type === REQUEST_TYPES.WRITE) {
      this.#beginWrite(length)
      return undefined
    }
    if (length > MAX_HELD_FRAME_BYTES) {
      throw new MalformedPacket(
        `a request of type ${type} with ${length} bytes, at most ${MAX_HELD_FRAME_BYTES} are read`,
      )
    }
    const frameBytes = 4 + length
    if (this.#buffered < frameBytes) return undefined
    const body = this.#peek(frameBytes).subarray(PREFIX_BYTES)
    this.#skip(frameBytes)
    return { kind: 'plain', type, body, frameBytes }
  }

  #beginWrite(length: number): void {
    if (length + 4 < WRITE_FIXED_BYTES) {
      throw new MalformedPacket(`a WRITE of ${length} bytes cannot hold its fields`)
    }
    if (this.#buffered < 13) return
    const handleBytes = this.#peek(13).readUInt32BE(9)
    if (handleBytes > MAX_HANDLE_BYTES || WRITE_FIXED_BYTES + handleBytes > length + 4) {
      throw new MalformedPacket(`a WRITE with a handle of ${handleBytes} bytes`)
    }
    const headBytes = WRITE_FIXED_BYTES + handleBytes
    if (this.#buffered < headBytes) return
    const head = this.#peek(headBytes)
    const high = head.readUInt32BE(13 + handleBytes)
    const dataBytes = head.readUInt32BE(21 + handleBytes)
    const frameBytes = 4 + length
    if (dataBytes > frameBytes - headBytes) {
      throw new MalformedPacket(`a WRITE says ${dataBytes} bytes of data, its frame is shorter`)
    }
    if (high > 0x1fffff) throw new MalformedPacket('a WRITE beyond any file size')
    this.#write = {
      id: head.readUInt32BE(5),
      // A copy: it would keep the whole packet alive as long as the WRITE waits.
      handle: Buffer.from(head.subarray(13, 13 + handleBytes)),
      offset: high * 0x1_0000_0000 + head.readUInt32BE(17 + handleBytes),
      dataBytes,
      frameBytes,
      data: new WriteData(),
      missingData: dataBytes,
      missingTail: frameBytes - headBytes - dataBytes,
    }
    this.#skip(headBytes)
  }

  #continueWrite(write: OpenWrite): WriteFrame | undefined {
    while (write.missingData > 0 && this.#buffered > 0) {
      const first = this.#chunks.slices[0]!
      const end = Math.min(first.length, this.#start + write.missingData)
      this.#memory.copy(first.subarray(this.#start, end), write.data)
      write.missingData -= end - this.#start
      this.#skip(end - this.#start)
    }
    while (write.missingData === 0 && write.missingTail > 0 && this.#buffered > 0) {
      const count = Math.min(this.#chunks.slices[0]!.length - this.#start, write.missingTail)
      this.#skip(count)
      write.missingTail -= count
    }
    if (write.missingData > 0 || write.missingTail > 0) return undefined
    this.#write = undefined
    const { id, handle, offset, data, dataBytes, frameBytes } = write
    return { kind: 'write', id, handle, offset, data, dataBytes, frameBytes }
  }

  /** The first `count` buffered bytes in one piece; joined only when they cross slices. */
  #peek(count: number): Buffer {
    const first = this.#chunks.slices[0]!
    if (first.length - this.#start >= count) return first.subarray(this.#start, this.#start + count)
    const joined = Buffer.allocUnsafe(count)
    let filled = 0
    let from = this.#start
    for (const chunk of this.#chunks.slices) {
      filled += chunk.copy(joined, filled, from, Math.min(chunk.length, from + count - filled))
      from = 0
      if (filled === count) break
    }
    return joined
  }

  #skip(count: number): void {
    this.#buffered -= count
    let left = count
    while (left > 0) {
      const available = this.#chunks.slices[0]!.length - this.#start
      if (left < available) {
        this.#start += left
        return
      }
      left -= available
      this.#chunks.shift()
      this.#start = 0
    }
  }
}
