import { randomInt } from 'node:crypto'
import type { PartnerConnection } from '../listener.ts'
import { decideAuthentication, printable } from './ssh-authentication.ts'
import type { SessionParts, SessionRefusal } from './ssh-session-parts.ts'
import { DISCONNECT, type AuthenticationRequest } from './ssh-transport.ts'

/** Messages of a client that has not authenticated: a handshake takes 4, an attempt 1 or 2. */
const MAX_PACKETS = 50
/** Requests to authenticate that a client may send ahead of our answers. */
const MAX_WAITING = 10
const METHODS = ['publickey']

/** Who the client has proved to be. */
export interface SshIdentity {
  readonly connection: PartnerConnection
  /** `SHA256:…` */
  readonly fingerprint: string
  /** Asks again whether this key opens this connection (decisions E4). */
  readonly isStillAccepted: () => boolean
}

/** The part of a session before it is known whose it is (RFC 4252). */
export class SshLogin {
  readonly #parts: SessionParts
  readonly #sessionsOf: (connection: PartnerConnection) => number
  readonly #onIdentity: (identity: SshIdentity) => void
  #isThrough = false
  #packets = 0
  #tries = 0
  #hasService = false
  #hasAskedNone = false
  /** The key we have just answered SSH_MSG_USERAUTH_PK_OK for. */
  #knownKey: Buffer | undefined
  readonly #waiting: AuthenticationRequest[] = []
  #isBusy = false
  /** Refused key offers: recorded when no other key of the client is accepted after all. */
  readonly #refusedProbes = new Map<string, SessionRefusal>()

  constructor(
    parts: SessionParts,
    sessionsOf: (connection: PartnerConnection) => number,
    onIdentity: (identity: SshIdentity) => void,
  ) {
    this.#parts = parts
    this.#sessionsOf = sessionsOf
    this.#onIdentity = onIdentity
  }

  /** Each packet, from the first. */
  countPacket(): void {
    if (this.#isThrough) return
    this.#packets += 1
    if (this.#packets > MAX_PACKETS) {
      this.#parts.cut(`more than ${MAX_PACKETS} packets before authentication`)
    }
  }

  requestService(name: string): void {
    if (name !== 'ssh-userauth' || this.#hasService) {
      this.#parts.goodbye(`service ${printable(name)} requested`, DISCONNECT.serviceNotAvailable)
      return
    }
    this.#hasService = true
    this.#parts.transport.acceptService(name)
  }

  request(request: AuthenticationRequest): void {
    if (this.#parts.isOver || this.#isThrough) return // RFC 4252 §5.1: ignored afterwards
    if (!this.#hasService || request.service !== 'ssh-connection') {
      this.#parts.goodbye('authentication for another service', DISCONNECT.serviceNotAvailable)
      return
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.#parts.cut('too many authentication requests at a time')
      return
    }
    this.#waiting.push(request)
    if (this.#isBusy) return
    this.#isBusy = true
    this.#answerWaiting().catch((err: unknown) => this.#parts.fail(err))
  }

  /** The session ended: key offers that were refused and led to nothing are recorded now. */
  closed(): void {
    if (this.#isThrough) return
    for (const refusal of this.#refusedProbes.values()) this.#refuse(refusal)
  }

  /** One after the other, in order: a client may send ahead of our answers. */
  async #answerWaiting(): Promise<void> {
    for (;;) {
      const request = this.#waiting.shift()
      if (request === undefined || this.#parts.isOver || this.#isThrough) break
      await this.#answer(request)
    }
    this.#isBusy = false
  }

  async #answer(request: AuthenticationRequest): Promise<void> {
    const startedAt = performance.now()
    const { transport, services, settings, peerHost } = this.#parts
    if (request.method === 'none' && !this.#hasAskedNone) {
      this.#hasAskedNone = true // how clients ask for the methods; it reveals nothing
      transport.refuseAuthentication(METHODS)
      return
    }
    this.#countTry(request)
    const decision = decideAuthentication(request, services.authenticate, peerHost)
    this.#parts.transcribe('in', 'USERAUTH_REQUEST', `${request.method}: ${decision.outcome}`, {
      user: printable(request.user),
      ...(request.key === undefined ? {} : { algorithm: printable(request.key.algorithm) }),
    })
    if (decision.outcome === 'key-known' && request.key !== undefined) {
      this.#knownKey = request.key.blob
      transport.acceptKey(request.key.algorithm, request.key.blob)
      return
    }
    if (decision.outcome === 'accepted' && (await this.#welcome(decision))) return
    if (decision.outcome === 'refused') this.#note(request, decision)
    await this.#untilFloor(startedAt)
    if (this.#parts.isOver) return
    transport.refuseAuthentication(METHODS)
    if (this.#tries >= settings.authenticationTries) {
      this.#parts.goodbye('too many authentication tries', DISCONNECT.noMoreMethods)
    }
  }

  /** The signature that follows an accepted offer of the same key is not a new try. */
  #countTry({ key }: AuthenticationRequest): void {
    const isAnnounced = key?.signature !== undefined && this.#knownKey?.equals(key.blob) === true
    if (!isAnnounced) this.#tries += 1
    this.#knownKey = undefined
  }

  #note(
    request: AuthenticationRequest,
    decision: Pick<SessionRefusal, 'reason' | 'offered' | 'nearest'>,
  ): void {
    const { reason, offered, nearest } = decision
    const refusal: SessionRefusal = {
      code: 'CREDENTIAL_REFUSED',
      reason,
      ...(offered === undefined ? {} : { offered }),
      ...(nearest === undefined ? {} : { nearest }),
    }
    if (request.key?.signature === undefined) this.#refusedProbes.set(reason + offered, refusal)
    else this.#refuse(refusal)
  }

  #refuse(refusal: SessionRefusal): void {
    const { services, peerHost } = this.#parts
    services.failedTries.failed(peerHost)
    this.#parts.refuse(refusal)
  }

  /** @returns false when it is to be refused like a wrong key */
  async #welcome(identity: SshIdentity): Promise<boolean> {
    const { transport, services, settings, peerHost } = this.#parts
    const { connection } = identity
    const fault = services.faults.at('authenticate', {
      protocol: 'sftp',
      connectionId: connection.id,
    })
    if (fault?.kind === 'refuse') {
      this.#parts.refuse({
        code: 'CREDENTIAL_REFUSED',
        reason: `a fault on demand: ${fault.message}`,
        connectionId: connection.id,
      })
      return false
    }
    if (fault?.kind === 'crash') process.kill(process.pid, 'SIGKILL')
    if (fault?.kind === 'cut') this.#parts.cut('cut by a fault')
    if (fault?.kind === 'delay') await pause(fault.milliseconds)
    if (this.#parts.isOver) return true
    if (this.#sessionsOf(connection) >= settings.maxPerConnection) {
      this.#parts.refuse({
        code: 'LIMIT_REACHED',
        reason: `more than ${settings.maxPerConnection} sessions of one connection`,
        connectionId: connection.id,
      })
      this.#parts.goodbye('too many sessions of this connection', DISCONNECT.tooManyConnections)
      return true
    }
    this.#isThrough = true
    services.failedTries.succeeded(peerHost)
    this.#waiting.length = 0
    this.#onIdentity(identity)
    transport.acceptAuthentication()
    this.#parts.transcribe('out', 'USERAUTH_SUCCESS', connection.applicationCode)
    return true
  }

  /** Unknown, wrong and inactive take the same time (decisions E6), of an address the same more. */
  async #untilFloor(startedAt: number): Promise<void> {
    const { services, settings, peerHost } = this.#parts
    const floor = settings.authenticationFloorMilliseconds
    const jitter = floor === 0 ? 0 : randomInt(Math.ceil(floor / 5) + 1)
    const delay = services.failedTries.delayMilliseconds(peerHost)
    const left = floor + jitter + delay - (performance.now() - startedAt)
    if (left > 0) await pause(left)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
