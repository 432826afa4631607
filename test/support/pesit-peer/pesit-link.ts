import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crcOf } from './crc.ts'
import type { Entity, EntityReader, Framing } from './entity-reader.ts'
import type { FpduName, KnownFpduName } from './fpdu-catalogue.ts'
import { faultsOf } from './fpdu-rules.ts'
import { diagnosticOf, encodeFpdu, piText } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { diagnostic, text } from './parameters.ts'
import type { Parameter } from './parameters.ts'
import { PesitPeerError } from './peer-error.ts'

export interface TraceEntry {
  readonly direction: 'sent' | 'received'
  /** As on the wire: prefix and CRC included. */
  readonly wire: Buffer
  /** Empty for a pre-connection, its answer, and raw bytes. */
  readonly fpdus: readonly Fpdu[]
}

/** Ways to behave, and to misbehave, on one connection. */
export interface LinkOptions {
  /** How long to wait for what the peer owes; 60 000 when absent. */
  readonly timeoutMs?: number
  /**
   * Sees each entity just before it is written. What it returns goes out instead; `undefined` and
   * nothing does. A promise is a pause.
   */
  readonly tamper?: (
    fpdus: readonly Fpdu[],
    wire: Buffer,
  ) => Buffer | undefined | Promise<Buffer | undefined>
  /** False: data FPDUs are not recorded, for files too large to keep. */
  readonly tracesData?: boolean
  /** Destroys the socket when exactly so many bytes of file data have been sent or received. */
  readonly cutAfterDataBytes?: number
}

const DEFAULT_TIMEOUT_MS = 60_000

/** One connection of either side: FPDUs out, FPDUs in, and all of it on record. */
export class PesitLink {
  readonly trace: TraceEntry[] = []
  /** What the peer did that the reference does not allow; a good peer leaves it empty. */
  readonly violations: string[] = []
  readonly isRequester: boolean
  readonly reader: EntityReader
  /** Our connection number, and the peer's once known. */
  ours = 0
  theirs = 0
  /** PI 25 of the transfer in hand; sent and received entities keep within it. */
  maxEntityBytes = 65_535
  /** Resolves once the socket is closed, whoever closed it. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #options: LinkOptions
  readonly #inbox: (Fpdu | Entity)[] = []
  #wake: () => void = () => {}
  #end: PesitPeerError | undefined
  #dataBytes = 0

  constructor(
    socket: Socket,
    isRequester: boolean,
    reader: EntityReader,
    options: LinkOptions = {},
  ) {
    this.#socket = socket
    this.#options = options
    this.isRequester = isRequester
    this.reader = reader
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish('closed', 'the peer closed the connection')
        resolve()
      })
    })
    socket.on('error', (cause) =>
      this.#finish('closed', `connection lost: ${cause.message}`, cause),
    )
    socket.on('end', () => socket.end())
    socket.on('data', (bytes) => this.#received(bytes))
  }

  get framing(): Framing {
    return this.reader.framing ?? 'prefix'
  }

  /** FPDUs of one direction, or of both in their order. */
  fpdus(direction?: TraceEntry['direction']): Fpdu[] {
    return this.trace
      .filter((entry) => direction === undefined || entry.direction === direction)
      .flatMap((entry) => entry.fpdus)
  }

  /** Names of {@link fpdus}. */
  names(direction?: TraceEntry['direction']): FpduName[] {
    return this.fpdus(direction).map((fpdu) => fpdu.name)
  }

  /** An FPDU to the peer; octet 6 is ours to fill on connection FPDUs. */
  make(
    name: KnownFpduName,
    content: Buffer | readonly (Parameter | undefined)[] = [],
    octet6 = 0,
  ): Fpdu {
    return encodeFpdu({ name, destination: this.theirs, octet6 }, content)
  }

  async send(
    name: KnownFpduName,
    content: Buffer | readonly (Parameter | undefined)[] = [],
    octet6 = 0,
  ): Promise<void> {
    await this.sendEntity([this.make(name, content, octet6)])
  }

  /** Several FPDUs as one entity; alone or not, they go out through `tamper`. */
  async sendEntity(fpdus: readonly Fpdu[]): Promise<void> {
    const framed = this.#framed(fpdus)
    const wire = this.#options.tamper ? await this.#options.tamper(fpdus, framed) : framed
    if (wire === undefined) return
    this.#record({ direction: 'sent', wire, fpdus })
    let dataBytes = 0
    for (const fpdu of fpdus) dataBytes += fpdu.data.length
    const left = (this.#options.cutAfterDataBytes ?? Infinity) - this.#dataBytes
    this.#dataBytes += dataBytes
    if (dataBytes > 0 && dataBytes >= left) {
      const headers = wire.length - dataBytes
      await this.#write(wire.subarray(0, headers + left))
      this.cut()
      return
    }
    await this.#write(wire)
  }

  /** Any bytes, at any moment, without prefix nor CRC. */
  async sendRaw(wire: Buffer): Promise<void> {
    this.trace.push({ direction: 'sent', wire, fpdus: [] })
    await this.#write(wire)
  }

  /** A pre-connection or its answer, in the framing of the link. */
  async sendUnframed(content: Buffer): Promise<void> {
    await this.sendRaw(this.framing === 'raw' ? content : prefixed(content))
  }

  /**
   * The next FPDU, in the order they came.
   *
   * @param names what may come now; anything else is answered by ABORT 3/311. None: anything may.
   * @throws PesitPeerError `aborted`, `closed`, `timeout` or `protocol`
   */
  async take(...names: readonly FpduName[]): Promise<Fpdu> {
    const fpdu = await this.#next()
    if ('kind' in fpdu) return this.abort('3/311', 'a pre-connection came late')
    if (fpdu.name === 'DAMAGED' && !names.includes('DAMAGED'))
      return this.abort('3/310', 'an FPDU came with a wrong CRC')
    if (names.length > 0 && !names.includes(fpdu.name))
      return this.abort('3/311', `${fpdu.name} came instead of ${names.join(' or ')}`, fpdu)
    return fpdu
  }

  /** The next FPDU if one is there already. @throws PesitPeerError when the connection has ended */
  async poll(): Promise<Fpdu | undefined> {
    if (this.#inbox.length === 0 && this.#end === undefined) return undefined
    return this.take()
  }

  /** The next pre-connection or its answer, or the FPDU that came instead. */
  async takeFirst(): Promise<Fpdu | Entity> {
    return this.#next()
  }

  /** Sends ABORT and closes. @throws PesitPeerError always: nothing can follow */
  async abort(printed: string, message: string, fpdu?: Fpdu, words?: string): Promise<never> {
    this.violations.push(message)
    await this.sendAbort(printed, words)
    const error = new PesitPeerError('protocol', message, { diagnostic: printed, fpdu, link: this })
    this.#end ??= error
    throw error
  }

  /** Sends ABORT and closes our side. */
  async sendAbort(printed: string, words?: string): Promise<void> {
    const content = [diagnostic(printed), words === undefined ? undefined : text(99, words)]
    await this.send('ABORT', content, this.ours)
    this.close()
  }

  /** Stops reading the socket, as a peer whose disk is slow. */
  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  /** Closes in order: what was written still goes out. */
  close(): void {
    this.#socket.end()
    this.#socket.resume()
  }

  /** Destroys the socket at once. */
  cut(): void {
    this.#socket.destroy()
  }

  #framed(fpdus: readonly Fpdu[]): Buffer {
    const pieces = fpdus.flatMap(({ bytes }) =>
      this.reader.hasCrc ? [bytes, crcOf(bytes)] : [bytes],
    )
    const content = Buffer.concat(pieces)
    return this.framing === 'raw' ? content : prefixed(content)
  }

  #record(entry: TraceEntry): void {
    const isData = entry.fpdus.some((fpdu) => fpdu.data.length > 0)
    if (!isData || this.#options.tracesData !== false) this.trace.push(entry)
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) return
    const hasRoom = this.#socket.write(bytes)
    // Always a turn of the loop: what the peer says meanwhile must be heard (reference §9.4).
    if (hasRoom) await nextTurn()
    else
      await Promise.race([
        new Promise((resolve) => this.#socket.once('drain', resolve)),
        this.closed,
      ])
  }

  #received(bytes: Buffer): void {
    if (this.#end !== undefined) return
    this.reader.push(bytes)
    try {
      for (let entity = this.reader.take(); entity; entity = this.reader.take()) {
        this.#receivedEntity(entity)
        if (this.#end !== undefined) return
      }
    } catch (cause) {
      const message = `bytes that are no PeSIT: ${(cause as Error).message}`
      this.violations.push(message)
      this.#finish('protocol', message, cause)
      if (this.theirs === 0) this.cut()
      else void this.sendAbort('3/311').catch(() => this.cut())
    }
  }

  #receivedEntity(entity: Entity): void {
    this.#record({ direction: 'received', wire: entity.wire, fpdus: entity.fpdus })
    if (entity.kind === 'pre-connection') this.#inbox.push(entity)
    if (entity.content.length > this.maxEntityBytes)
      this.violations.push(
        `entity of ${entity.content.length} bytes, PI 25 is ${this.maxEntityBytes}`,
      )
    if (entity.fpdus.length > 1 && !entity.fpdus.every(mayBeConcatenated))
      this.violations.push(`${entity.fpdus.map((fpdu) => fpdu.name).join(', ')} in one entity`)
    for (const fpdu of entity.fpdus) this.#receivedFpdu(fpdu)
    this.#wake()
  }

  #receivedFpdu(fpdu: Fpdu): void {
    this.violations.push(...faultsOf(fpdu))
    const mayBeZero = fpdu.name === 'CONNECT' || fpdu.name === 'ABORT' || fpdu.name === 'DAMAGED'
    if (fpdu.destination !== this.ours && !(mayBeZero && fpdu.destination === 0))
      this.violations.push(`${fpdu.name} to connection ${fpdu.destination}, ours is ${this.ours}`)
    this.#dataBytes += fpdu.data.length
    if (this.#dataBytes >= (this.#options.cutAfterDataBytes ?? Infinity)) this.cut()
    if (fpdu.name === 'ABORT') {
      const words = piText(fpdu, 99) ?? ''
      this.#finish('aborted', `the peer aborted: ${diagnosticOf(fpdu)} ${words}`, undefined, fpdu)
      this.close()
    } else this.#inbox.push(fpdu)
  }

  async #next(): Promise<Fpdu | Entity> {
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    if (this.#inbox.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const next = this.#inbox.shift()
    if (next !== undefined) return next
    throw (
      this.#end ?? new PesitPeerError('timeout', `nothing came in ${timeoutMs} ms`, { link: this })
    )
  }

  #finish(kind: PesitPeerError['kind'], message: string, cause?: unknown, fpdu?: Fpdu): void {
    const printed = fpdu === undefined ? undefined : diagnosticOf(fpdu)
    this.#end ??= new PesitPeerError(kind, message, {
      diagnostic: printed,
      fpdu,
      link: this,
      cause,
    })
    this.#wake()
  }
}

function mayBeConcatenated({ name }: Fpdu): boolean {
  return name.startsWith('DTF') || name === 'SYN'
}

function prefixed(content: Buffer): Buffer {
  const wire = Buffer.alloc(2 + content.length)
  wire.writeUInt16BE(content.length)
  content.copy(wire, 2)
  return wire
}
