import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { deriveKey, startKex } from './key-exchange.ts'
import { mpint, nameList, Reader, string, uint32 } from './ssh-strings.ts'

/** Message numbers (RFC 4250 §4.1). */
export const MESSAGE = {
  disconnect: 1,
  ignore: 2,
  serviceRequest: 5,
  serviceAccept: 6,
  extInfo: 7,
  kexInit: 20,
  newKeys: 21,
  kexEcdhInit: 30,
  kexEcdhReply: 31,
  userauthRequest: 50,
  userauthFailure: 51,
  userauthSuccess: 52,
  userauthPkOk: 60,
  globalRequest: 80,
  requestFailure: 82,
  channelOpen: 90,
  channelOpenConfirmation: 91,
  channelOpenFailure: 92,
  channelWindowAdjust: 93,
  channelData: 94,
  channelEof: 96,
  channelClose: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,
} as const

export interface RawSshOptions {
  readonly kex?: readonly string[]
  readonly cipher?: readonly string[]
  readonly mac?: readonly string[]
  readonly hostKey?: readonly string[]
  readonly ident?: string
}

export interface SigningKey {
  readonly privateKey: KeyObject
  readonly hash: string | null
  /** Algorithm inside the signature, when it is to differ. */
  readonly name?: string
}

interface Keys {
  readonly key: Buffer
  readonly iv: Buffer
}

/**
 * An SSH client that does as it is told, also what no client may: written from the RFCs, and
 * sharing no code with the server. Key exchanges: curve25519 and the ML-KEM hybrid; cipher:
 * aes128-gcm; host key: Ed25519.
 */
export class RawSshClient {
  readonly socket: Socket
  readonly #options: RawSshOptions
  #received = Buffer.alloc(0)
  #wake: () => void = () => {}
  #isClosed = false
  #encrypt: Keys | undefined
  #decrypt: Keys | undefined
  #sessionId = Buffer.alloc(0)
  serverIdent = ''
  /** Lists of the server's KEXINIT, in the order of RFC 4253 §7.1. */
  serverLists: string[][] = []
  /** Value of server-sig-algs, once the server has sent it. */
  signatureAlgorithms: string[] | undefined
  /** Bytes the server has let us send on its channel, beyond what was sent. */
  window = 0

  constructor(
    address: { readonly host: string; readonly port: number },
    options: RawSshOptions = {},
  ) {
    this.#options = options
    this.socket = connect(address)
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    this.socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  /** Resolves when the server has closed the connection; what came until then is kept. */
  async closed(): Promise<void> {
    while (!this.#isClosed) await this.#more()
  }

  /** Identification, first key exchange. @returns the negotiated kex */
  async handshake(): Promise<string> {
    const ident = this.#options.ident ?? 'SSH-2.0-RawPeer_1'
    this.socket.write(`${ident}\r\n`)
    while (!this.#received.includes('\r\n')) {
      if (this.#isClosed) throw new Error('the server closed the connection')
      await this.#more()
    }
    const end = this.#received.indexOf('\r\n')
    this.serverIdent = this.#received.toString('latin1', 0, end)
    this.#received = this.#received.subarray(end + 2)
    return this.exchangeKeys(ident)
  }

  /** A key exchange; also later, while data flows: what comes meanwhile is given to `onOther`. */
  async exchangeKeys(
    ident = this.#options.ident ?? 'SSH-2.0-RawPeer_1',
    onOther: (payload: Buffer) => void = () => {},
  ): Promise<string> {
    const own = this.kexInit()
    this.send(own)
    return this.answerKexInit(ident, own, await this.receive(MESSAGE.kexInit, onOther))
  }

  /** The rest of a key exchange once both KEXINITs are there. */
  async answerKexInit(ident: string, own: Buffer, theirs: Buffer): Promise<string> {
    const reader = new Reader(theirs).skip(17)
    this.serverLists = Array.from({ length: 8 }, () => reader.names())
    const name = (this.#options.kex ?? ['curve25519-sha256']).find((kex) =>
      this.serverLists[0]!.includes(kex),
    )
    if (name === undefined) throw new Error('no kex in common')
    const kex = startKex(name)
    this.send(Buffer.concat([Buffer.of(MESSAGE.kexEcdhInit), string(kex.init)]))
    const reply = new Reader((await this.receive(MESSAGE.kexEcdhReply)).subarray(1))
    const hostKey = reply.string()
    const serverInit = reply.string()
    const signature = new Reader(reply.string())
    const secret = kex.secret(serverInit)
    const hash = createHash('sha256')
      .update(string(ident))
      .update(string(this.serverIdent))
      .update(string(own))
      .update(string(theirs))
      .update(string(hostKey))
      .update(string(kex.init))
      .update(string(serverInit))
      .update(secret)
      .digest()
    if (signature.string().toString() !== 'ssh-ed25519') throw new Error('not signed by Ed25519')
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: hostKey.subarray(-32).toString('base64url') },
      format: 'jwk',
    })
    if (!verify(null, hash, publicKey, signature.string())) throw new Error('bad host signature')
    if (this.#sessionId.length === 0) this.#sessionId = hash
    const derive = (letter: string, bytes: number) =>
      Buffer.from(deriveKey(secret, hash, this.#sessionId, letter, bytes))
    this.send(Buffer.of(MESSAGE.newKeys))
    this.#encrypt = { key: derive('C', 16), iv: derive('A', 12) }
    await this.receive(MESSAGE.newKeys)
    this.#decrypt = { key: derive('D', 16), iv: derive('B', 12) }
    return name
  }

  kexInit(): Buffer {
    const { kex, hostKey, cipher, mac } = this.#options
    const ciphers = nameList(cipher ?? ['aes128-gcm@openssh.com'])
    const macs = nameList(mac ?? ['hmac-sha2-256'])
    const none = nameList(['none'])
    return Buffer.concat([
      Buffer.of(MESSAGE.kexInit),
      randomBytes(16),
      nameList([...(kex ?? ['curve25519-sha256']), 'ext-info-c']),
      nameList(hostKey ?? ['ssh-ed25519']),
      ciphers,
      ciphers,
      macs,
      macs,
      none,
      none,
      Buffer.alloc(4 + 4 + 5), // no languages, no guess
    ])
  }

  async requestUserauth(): Promise<void> {
    this.send(Buffer.concat([Buffer.of(MESSAGE.serviceRequest), string('ssh-userauth')]))
    await this.receive(MESSAGE.serviceAccept)
  }

  /** A publickey request, signed unless `key` is absent. */
  keyRequest(user: string, algorithm: string, blob: Buffer, key?: SigningKey): Buffer {
    const request = Buffer.concat([
      Buffer.of(MESSAGE.userauthRequest),
      string(user),
      string('ssh-connection'),
      string('publickey'),
      Buffer.of(key === undefined ? 0 : 1),
      string(algorithm),
      string(blob),
    ])
    if (key === undefined) return request
    const signed = Buffer.concat([string(this.#sessionId), request])
    const raw = sign(key.hash, signed, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    const half = raw.length / 2
    const isEcdsa = algorithm.startsWith('ecdsa-')
    const body = isEcdsa
      ? Buffer.concat([mpint(raw.subarray(0, half)), mpint(raw.subarray(half))])
      : raw
    const signature = Buffer.concat([string(key.name ?? algorithm), string(body)])
    return Buffer.concat([request, string(signature)])
  }

  /** Sends a publickey request. @returns the answer */
  async offerKey(user: string, algorithm: string, blob: Buffer, key?: SigningKey): Promise<Buffer> {
    this.send(this.keyRequest(user, algorithm, blob, key))
    return this.receive()
  }

  /** Any other method, with a secret. @returns the methods the failure names */
  async askMethods(user: string, method = 'none'): Promise<string[]> {
    const fields = [string(user), string('ssh-connection'), string(method)]
    const rest = method === 'password' ? [Buffer.of(0), string('secret')] : [string(''), string('')]
    const all = method === 'none' ? fields : [...fields, ...rest]
    this.send(Buffer.concat([Buffer.of(MESSAGE.userauthRequest), ...all]))
    return new Reader((await this.receive(MESSAGE.userauthFailure)).subarray(1)).names()
  }

  /** Opens a channel of our number `id`. @returns the server's number, or undefined */
  async openChannel(
    id: number,
    { type = 'session', window = 2 ** 31, packet = 32_768 } = {},
  ): Promise<number | undefined> {
    const numbers = [uint32(id), uint32(window), uint32(packet)]
    this.send(Buffer.concat([Buffer.of(MESSAGE.channelOpen), string(type), ...numbers]))
    const answer = await this.receive()
    if (answer[0] !== MESSAGE.channelOpenConfirmation) return undefined
    const reader = new Reader(answer).skip(5)
    const remote = reader.uint32()
    this.window = reader.uint32()
    return remote
  }

  /** A channel request that wants a reply. @returns whether it succeeded */
  async request(channel: number, type: string, ...fields: readonly Buffer[]): Promise<boolean> {
    this.send(
      Buffer.concat([
        Buffer.of(MESSAGE.channelRequest),
        uint32(channel),
        string(type),
        Buffer.of(1),
        ...fields,
      ]),
    )
    for (;;) {
      const [answer] = await this.receive()
      if (answer === MESSAGE.channelSuccess) return true
      if (answer === MESSAGE.channelFailure) return false
    }
  }

  sendData(channel: number, data: Buffer): void {
    this.send(Buffer.concat([Buffer.of(MESSAGE.channelData), uint32(channel), string(data)]))
  }

  /** Sends one packet. */
  send(payload: Buffer): void {
    const block = this.#encrypt === undefined ? 8 : 16
    const head = this.#encrypt === undefined ? 5 : 1
    let padding = block - ((head + payload.length) % block)
    if (padding < 4) padding += block
    const length = uint32(1 + payload.length + padding)
    const plain = Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)])
    if (this.#encrypt === undefined) {
      this.socket.write(Buffer.concat([length, plain]))
      return
    }
    const cipher = createCipheriv('aes-128-gcm', this.#encrypt.key, this.#encrypt.iv)
    cipher.setAAD(length)
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    countUp(this.#encrypt.iv)
    this.socket.write(Buffer.concat([length, body, cipher.getAuthTag()]))
  }

  /**
   * The next message, or the next of a type; others go to `onOther`. EXT_INFO and window adjusts
   * are taken note of, and are others too.
   * @throws Error when the connection closes first
   */
  async receive(type?: number, onOther: (payload: Buffer) => void = () => {}): Promise<Buffer> {
    for (;;) {
      const payload = await this.#packet()
      if (payload[0] === MESSAGE.extInfo) this.#takeExtInfo(payload)
      else if (payload[0] === MESSAGE.channelWindowAdjust) this.window += payload.readUInt32BE(5)
      else if (type === undefined || payload[0] === type) return payload
      else onOther(payload)
    }
  }

  #takeExtInfo(payload: Buffer): void {
    const reader = new Reader(payload).skip(5)
    if (reader.string().toString() === 'server-sig-algs') {
      this.signatureAlgorithms = reader.names()
    }
  }

  async #packet(): Promise<Buffer> {
    const tag = this.#decrypt === undefined ? 0 : 16
    for (;;) {
      if (this.#received.length >= 4) {
        const length = this.#received.readUInt32BE(0)
        if (this.#received.length >= 4 + length + tag) {
          const packet = this.#received.subarray(0, 4 + length + tag)
          this.#received = this.#received.subarray(4 + length + tag)
          const plain = this.#open(packet, length)
          return plain.subarray(1, plain.length - plain[0]!)
        }
      }
      if (this.#isClosed) throw new Error('the server closed the connection')
      await this.#more()
    }
  }

  #open(packet: Buffer, length: number): Buffer {
    if (this.#decrypt === undefined) return packet.subarray(4)
    const decipher = createDecipheriv('aes-128-gcm', this.#decrypt.key, this.#decrypt.iv)
    decipher.setAAD(packet.subarray(0, 4))
    decipher.setAuthTag(packet.subarray(4 + length))
    const plain = decipher.update(packet.subarray(4, 4 + length))
    decipher.final()
    countUp(this.#decrypt.iv)
    return plain
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function countUp(iv: Buffer): void {
  iv.writeBigUInt64BE((iv.readBigUInt64BE(4) + 1n) & (2n ** 64n - 1n), 4)
}
