import type { Socket } from 'node:net'
import type { Misspoken } from './dialogue-faults.ts'
import type { DiagnosticName } from './diagnostics.ts'
import type { DataFpdu, Fpdu } from './fpdu.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import type { Frame, FrameReader, Framing } from './frame-reader.ts'
import { frameEntity, frameFpdu } from './frame-writer.ts'
import type { FrameStyle } from './frame-writer.ts'
import type { LineTranscript } from './line-transcript.ts'
import type { ParameterValues } from './parameter-table.ts'
import { PesitFault } from './pesit-fault.ts'
import { encodePreAnswer } from './pre-connection.ts'
import type { PreAnswer, PreConnection } from './pre-connection.ts'
import type { SessionAction, SessionInput, SessionRules, SessionTimer } from './session-events.ts'
import { stepSession } from './session-machine.ts'
import { receiveInPlace } from '../received-bytes.ts'
import { buffersPassed } from '../young-buffers.ts'
import { newSession } from './session-state.ts'
import type { SessionState } from './session-state.ts'
import type { Role, TimerName } from './session-states.ts'

/** What the owner of a connection is told. Calls come one after the other, never within `wish`. */
export interface LineHandlers {
  /** The peer says something: told once, before what it is. */
  began?(): void
  /** Only where the reader waits for one; `framing` is that of its answer. */
  preConnection?(message: PreConnection, framing: Framing): void
  preAnswer?(answer: PreAnswer): void
  /** An FPDU came that is legal now. Its bytes hold until the next read of the socket. */
  told(fpdu: Fpdu, values: ParameterValues, notes: readonly string[]): void
  /** A rule was broken, or a time is over: IDT, ABORT or a plain close has been sent. */
  broke(diagnostic: DiagnosticName, reason: string): void
  /** Told before we say something: a fault on demand may ask for something else. */
  saying?(name: ParameterFpduName): Misspoken | undefined
  /** Everything written so far has been taken: more may be. */
  drained?(): void
  /** The connection is over; told once. */
  ended(outcome: string): void
}

export interface LineOptions {
  /** Open, its errors handled by nobody else. */
  readonly socket: Socket
  readonly role: Role
  /** Our connection number, 1–255. */
  readonly own: number
  readonly reader: FrameReader
  readonly rules: SessionRules
  /** Seconds of each timer (reference §13.1). */
  readonly seconds: Readonly<Record<TimerName, number>>
  readonly handlers: LineHandlers
}

/** An IDT that crossed ours waits so long for its answer (conflict 14). */
const COLLISION_SECONDS = 5
/** Answers to a peer that does not read. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024

/**
 * One PeSIT connection of either role: binds a socket to the frame reader and the state machine,
 * and keeps its time. What is read goes to the machine, what the machine says goes out.
 */
export class PesitLine {
  readonly #options: LineOptions
  readonly #socket: Socket
  #session: SessionState
  #rules: SessionRules
  #transcript: LineTranscript | undefined
  #timer: { readonly name: SessionTimer; readonly handle: NodeJS.Timeout } | undefined
  #closing: NodeJS.Timeout | undefined
  #outcome: string | undefined
  #hasBegun = false
  #isPaused = false
  #isCorked = false
  #isInPlace = false
  #isSpoiling = false
  #isOver = false

  constructor(options: LineOptions) {
    this.#options = options
    this.#socket = options.socket
    this.#rules = options.rules
    this.#session = newSession(options.role, options.own)
    const { socket } = this
    socket.on('data', (bytes: Buffer) => {
      this.#received(bytes)
      this.#receiveInPlace()
    })
    socket.on('drain', () => this.#drained())
    socket.on('error', (error) => this.#note(`connection lost: ${error.message}`))
    socket.once('close', () => this.#ended())
    if (options.role === 'server') this.#setTimer('Tc')
  }

  get socket(): Socket {
    return this.#socket
  }

  /** As the last step left it. */
  get session(): SessionState {
    return this.#session
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get style(): FrameStyle {
    const { framing, hasChecksum } = this.#options.reader
    return { framing: framing === 'auto' ? 'prefix' : framing, hasChecksum }
  }

  /** Bytes handed over that the peer has not taken; data waits while there are many. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** Once it is known who the peer is. */
  setRules(rules: SessionRules): void {
    this.#rules = rules
  }

  /** From now on; what came before is not in it. */
  setTranscript(transcript: LineTranscript): void {
    this.#transcript = transcript
  }

  /**
   * Sends an FPDU if it is legal now.
   * @returns false when it came too late or is not legal: nothing was sent
   * @throws UnsendableValue
   */
  wish(name: ParameterFpduName, values: ParameterValues = {}): boolean {
    const instead = this.#options.handlers.saying?.(name)
    if (instead === 'wrong-checksum') this.spoilNext()
    else if (instead !== undefined) {
      this.#step({ kind: 'wish', name: 'ABORT', values: { diagnostic: instead.abort } })
      return false
    }
    return this.#step({ kind: 'wish', name, values })
  }

  /** Sends data; the same. */
  wishData(fpdu: DataFpdu): boolean {
    return this.#step({ kind: 'wish-data', fpdu })
  }

  /**
   * Data FPDUs and sync points that are laid out already: each is put to the machine, then all go
   * out as they are.
   * @param wire not to be touched until `taken` is called
   * @param taken the bytes are with the operating system, or the connection is over
   * @returns false when one of them is not legal now: nothing was sent, `taken` is not called
   */
  wishBlock(
    fpdus: readonly Fpdu[],
    values: (fpdu: Fpdu) => ParameterValues,
    wire: Buffer,
    taken?: () => void,
  ): boolean {
    const before = this.#session
    for (const fpdu of fpdus) {
      const input: SessionInput =
        'data' in fpdu
          ? { kind: 'wish-data', fpdu }
          : { kind: 'wish', name: fpdu.name, values: values(fpdu) }
      const { session, actions } = stepSession(this.#session, input, this.#rules)
      if (actions.some((action) => action.do === 'drop')) {
        this.#session = before
        return false
      }
      this.#session = session
    }
    for (const fpdu of fpdus) this.#transcript?.fpdu('out', fpdu)
    this.#write(wire, taken)
    return true
  }

  /** The next bytes that go out end with wrong check bytes: a fault on demand. */
  spoilNext(): void {
    this.#isSpoiling = this.style.hasChecksum
  }

  /** Answers or says what comes before CONNECT. */
  preAnswer(answer: PreAnswer, framing: Framing): void {
    const raw = encodePreAnswer(answer)
    this.#transcript?.preAnswer('out', answer, raw)
    this.#write(frameEntity([raw], framing))
  }

  /** Raw bytes of a pre-connection, prefix included. */
  writeBytes(bytes: Buffer): void {
    this.#write(bytes)
  }

  /** What came breaks a rule that the machine does not know: IDT or ABORT, as it says. */
  fault(fault: PesitFault): void {
    this.#step({ kind: 'fault', fault })
  }

  /** Reads no more until `resume`; the peer's time does not run meanwhile. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#timer?.handle.refresh()
    this.#socket.resume()
  }

  /** Ends in order: what was written still goes out. */
  close(outcome: string): void {
    this.#note(outcome)
    this.#socket.end()
    this.#socket.resume()
    this.#closing ??= setTimeout(() => this.#socket.destroy(), this.#options.seconds.Tr * 1_000)
  }

  /** Ends at once. */
  cut(outcome: string): void {
    this.#note(outcome)
    this.#socket.destroy()
  }

  // --- what comes ----------------------------------------------------------------------------

  /**
   * From the second read on: all of what is told is done with before the next one. A requester may
   * hold an answer for longer.
   */
  #receiveInPlace(): void {
    if (this.#isInPlace || this.#options.role !== 'server') return
    this.#isInPlace = receiveInPlace(this.#socket, (bytes) => this.#received(bytes))
  }

  #received(bytes: Buffer): void {
    if (this.#isOver) return
    if (this.#timer?.name === 'Tp') this.#timer.handle.refresh()
    if (!this.#isInPlace) buffersPassed(bytes.length)
    const { reader } = this.#options
    try {
      reader.push(bytes)
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        this.#take(frame)
        if (this.#isOver || this.#session.state === 'END') return
      }
    } catch (error) {
      if (!(error instanceof PesitFault)) throw error
      this.fault(error)
    }
  }

  #take(frame: Frame): void {
    const { handlers } = this.#options
    if (!this.#hasBegun) {
      this.#hasBegun = true
      handlers.began?.()
    }
    switch (frame.kind) {
      case 'pre-connection':
        this.#transcript?.preConnection('in', frame.message, frame.raw)
        handlers.preConnection?.(frame.message, frame.framing)
        return
      case 'pre-answer':
        this.#transcript?.preAnswer('in', frame.answer, frame.raw)
        handlers.preAnswer?.(frame.answer)
        return
      case 'damaged':
        this.#transcript?.verdict('1/100', 'the check bytes of an FPDU are wrong')
        this.#step({ kind: 'damaged' })
        return
      case 'fpdu':
        this.#transcript?.fpdu('in', frame.fpdu)
        this.#step({ kind: 'received', fpdu: frame.fpdu })
    }
  }

  // --- what the machine says -----------------------------------------------------------------

  #step(input: SessionInput): boolean {
    if (this.#isOver) return false
    const { session, actions } = stepSession(this.#session, input, this.#rules)
    this.#session = session
    // Timers first: what a handler wishes for starts those of a later state.
    for (const action of actions) if (action.do === 'timer') this.#setTimer(action.timer)
    for (const action of actions) this.#act(action)
    return actions.every((action) => action.do !== 'drop')
  }

  #act(action: SessionAction): void {
    const { handlers } = this.#options
    switch (action.do) {
      case 'send':
        this.#transcript?.fpdu('out', action.fpdu)
        this.#write(frameFpdu(action.fpdu, this.style))
        return
      case 'tell':
        if (action.fpdu.name === 'ABORT') this.#note('aborted by the peer')
        handlers.told(action.fpdu, action.values, action.notes)
        return
      case 'break':
        this.#transcript?.verdict(action.diagnostic, action.reason)
        this.#note(`${action.diagnostic} ${action.reason}`)
        handlers.broke(action.diagnostic, action.reason)
        return
      case 'close':
        this.close('ended')
        return
      case 'timer':
      case 'ignore':
      case 'drop':
    }
  }

  #write(bytes: Buffer, taken?: () => void): void {
    const { socket } = this
    if (!socket.writable) {
      taken?.()
      return
    }
    if (!this.#isCorked) {
      this.#isCorked = true
      socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        socket.uncork()
      })
    }
    if (this.#isSpoiling) {
      this.#isSpoiling = false
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0xff, bytes.length - 1)
    }
    socket.write(bytes, taken)
    if (socket.writableLength > MAX_UNSENT_BYTES) this.cut('the peer does not read')
  }

  #drained(): void {
    // A receiver that acknowledges no points says nothing for a whole file: taking is a sign too.
    if (this.#timer?.name === 'Tp') this.#timer.handle.refresh()
    if (!this.#isOver) this.#options.handlers.drained?.()
  }

  // --- time and the end ----------------------------------------------------------------------

  #setTimer(name: SessionTimer | undefined): void {
    clearTimeout(this.#timer?.handle)
    this.#timer = undefined
    if (name === undefined || this.#isOver) return
    const seconds = name === 'collision' ? COLLISION_SECONDS : this.#options.seconds[name]
    const handle = setTimeout(() => this.#expired(name), seconds * 1_000)
    this.#timer = { name, handle }
  }

  #expired(name: SessionTimer): void {
    // While we do not read, nothing can come.
    if (this.#isPaused && name === 'Tp') this.#timer?.handle.refresh()
    else this.#step({ kind: 'expired', timer: name })
  }

  /** The first reason holds. */
  #note(outcome: string): void {
    this.#outcome ??= outcome
  }

  #ended(): void {
    if (this.#isOver) return
    this.#setTimer(undefined)
    this.#isOver = true
    clearTimeout(this.#closing)
    this.#transcript?.flush()
    this.#options.handlers.ended(this.#outcome ?? 'closed by the peer')
  }
}
