import { MESSAGE } from './messages.ts'
import { SshConnection, openSessionChannel, requestSubsystem } from './ssh-connection.ts'
import type { SshTarget } from './ssh-connection.ts'
import { WireReader, string, uint32 } from './wire.ts'

/** SFTP version 3 (reference sftp §1). */
const FXP = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  realpath: 16,
  extended: 200,
  status: 101,
  handle: 102,
} as const
const WRITE_CREATE_TRUNCATE = 26
const READ_ONLY = 1
const DEFAULT_WINDOW = 2 * 1024 * 1024
const MAX_PACKET = 32 * 1024

/** Requests of one SFTP session, one at a time or many in flight; answers are told by their id. */
export class SftpClient {
  readonly connection: SshConnection
  readonly #waiting = new Map<number, (reply: Buffer | undefined) => void>()
  readonly #window: number
  #theirChannel = 0
  #taken = 0
  #input: Buffer = Buffer.alloc(0)
  #nextId = 0
  #sendWindow = 0
  #unsent: Buffer[] = []
  #hasEnded = false
  #onStart: ((reason?: Error) => void) | undefined

  private constructor(connection: SshConnection, window: number) {
    this.connection = connection
    this.#window = window
    connection.onChannelMessage = (payload) => this.#message(payload)
  }

  /** Connects, authenticates, starts the subsystem and agrees on version 3. */
  static async open(target: SshTarget, window = DEFAULT_WINDOW): Promise<SftpClient> {
    const connection = await SshConnection.open(target)
    const client = new SftpClient(connection, window)
    await new Promise<void>((done, fail) => {
      client.#onStart = (reason) => (reason === undefined ? done() : fail(reason))
      connection.send(openSessionChannel(window, MAX_PACKET))
    })
    const version = await client.#ask(undefined, Buffer.concat([Buffer.of(FXP.init), uint32(3)]))
    if (version[0] !== 2) throw new Error('The server sent no SFTP version')
    return client
  }

  async realpath(path: string): Promise<void> {
    const reply = await this.#request(FXP.realpath, string(path))
    if (reply[0] === FXP.status) throw statusError('REALPATH', reply)
  }

  /** Opens a new file for writing, or an existing one for reading. */
  async openFile(path: string, mode: 'write' | 'read'): Promise<Buffer> {
    const flags = mode === 'write' ? WRITE_CREATE_TRUNCATE : READ_ONLY
    const attributes = uint32(0)
    const reply = await this.#request(FXP.open, string(path), uint32(flags), attributes)
    if (reply[0] !== FXP.handle) throw statusError(`OPEN ${path}`, reply)
    return new WireReader(reply, 5).string()
  }

  async write(handle: Buffer, offset: number, data: Uint8Array): Promise<void> {
    await this.#expectOk('WRITE', FXP.write, string(handle), uint64(offset), string(data))
  }

  /** OpenSSH's extension, as `put -f` uses it. */
  async fsync(handle: Buffer): Promise<void> {
    await this.#expectOk('fsync', FXP.extended, string('fsync@openssh.com'), string(handle))
  }

  async close(handle: Buffer): Promise<void> {
    await this.#expectOk('CLOSE', FXP.close, string(handle))
  }

  /** Sends a READ and forgets it: for a client that never takes the answer. */
  readAndForget(handle: Buffer, offset: number, bytes: number): void {
    this.#sendRequest(this.#newId(), FXP.read, [string(handle), uint64(offset), uint32(bytes)])
  }

  /** Sends a WRITE and forgets it. */
  writeAndForget(handle: Buffer, offset: number, data: Uint8Array): void {
    this.#sendRequest(this.#newId(), FXP.write, [string(handle), uint64(offset), string(data)])
  }

  async end(): Promise<void> {
    await this.connection.close()
  }

  async #expectOk(what: string, type: number, ...parts: readonly Buffer[]): Promise<void> {
    const reply = await this.#request(type, ...parts)
    if (reply[0] !== FXP.status || reply.readUInt32BE(5) !== 0) throw statusError(what, reply)
  }

  #newId(): number {
    this.#nextId += 1
    return this.#nextId
  }

  #request(type: number, ...parts: readonly Buffer[]): Promise<Buffer> {
    const id = this.#newId()
    return this.#ask(id, Buffer.concat([Buffer.of(type), uint32(id), ...parts]))
  }

  #sendRequest(id: number, type: number, parts: readonly Buffer[]): void {
    this.#sendFrame(Buffer.concat([Buffer.of(type), uint32(id), ...parts]))
  }

  /** @param id undefined for INIT, whose answer carries none */
  #ask(id: number | undefined, body: Buffer): Promise<Buffer> {
    return new Promise((done, fail) => {
      if (this.#hasEnded) {
        fail(new Error('The session has ended'))
        return
      }
      this.#waiting.set(id ?? 0, (reply) => {
        if (reply === undefined) fail(new Error('The session ended before its answer'))
        else done(reply)
      })
      this.#sendFrame(body)
    })
  }

  #sendFrame(body: Buffer): void {
    this.#unsent.push(Buffer.concat([uint32(body.length), body]))
    this.#sendUnsent()
  }

  #sendUnsent(): void {
    while (this.#sendWindow > 0 && this.#unsent.length > 0) {
      const next = this.#unsent[0]!
      const piece = next.subarray(0, Math.min(next.length, this.#sendWindow, MAX_PACKET))
      this.#sendWindow -= piece.length
      if (piece.length === next.length) this.#unsent.shift()
      else this.#unsent[0] = next.subarray(piece.length)
      this.connection.send(
        Buffer.concat([Buffer.of(MESSAGE.channelData), uint32(this.#theirChannel), string(piece)]),
      )
    }
  }

  #message(payload: Buffer | undefined): void {
    switch (payload?.[0]) {
      case MESSAGE.channelOpenConfirmation:
        this.#theirChannel = payload.readUInt32BE(5)
        this.#sendWindow = payload.readUInt32BE(9)
        this.connection.send(requestSubsystem(this.#theirChannel, 'sftp'))
        return
      case MESSAGE.channelSuccess:
        this.#onStart?.()
        return
      case MESSAGE.channelOpenFailure:
      case MESSAGE.channelFailure:
        this.#onStart?.(new Error('The server refused the sftp subsystem'))
        return
      case MESSAGE.windowAdjust:
        this.#sendWindow += payload.readUInt32BE(5)
        this.#sendUnsent()
        return
      case MESSAGE.channelData:
        this.#data(new WireReader(payload, 5).string())
        return
      case undefined:
      case MESSAGE.channelClose:
        this.#hasEnded = true
        this.#onStart?.(new Error('The session ended at its start'))
        for (const answer of this.#waiting.values()) answer(undefined)
        this.#waiting.clear()
        return
      default:
    }
  }

  #data(data: Buffer): void {
    this.#taken += data.length
    if (this.#taken >= this.#window / 2) {
      this.connection.send(
        Buffer.concat([
          Buffer.of(MESSAGE.windowAdjust),
          uint32(this.#theirChannel),
          uint32(this.#taken),
        ]),
      )
      this.#taken = 0
    }
    this.#input = this.#input.length === 0 ? data : Buffer.concat([this.#input, data])
    while (this.#input.length >= 4) {
      const end = 4 + this.#input.readUInt32BE(0)
      if (this.#input.length < end) return
      const frame = this.#input.subarray(4, end)
      this.#input = this.#input.subarray(end)
      const id = this.#waiting.has(0) ? 0 : frame.readUInt32BE(1)
      const answer = this.#waiting.get(id)
      this.#waiting.delete(id)
      answer?.(frame)
    }
  }
}

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

function statusError(what: string, reply: Buffer): Error {
  if (reply[0] !== FXP.status) return new Error(`${what}: unexpected answer ${reply[0]}`)
  const code = reply.readUInt32BE(5)
  return new Error(`${what}: status ${code}, ${new WireReader(reply, 9).string().toString()}`)
}
