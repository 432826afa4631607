import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { AcceptedSocket } from '../accept.ts'
import type { ListenerServices, OpenSession, PartnerConnection } from '../listener.ts'
import { asksForSecurity } from './create-checks.ts'
import { misspoken } from './dialogue-faults.ts'
import type { FaultedDialogue } from './dialogue-faults.ts'
import { diagnostic } from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import { FileDesk } from './file-desk.ts'
import type { Fpdu } from './fpdu.ts'
import { hasData } from './fpdu.ts'
import { FrameReader, MAX_ENTITY_BYTES } from './frame-reader.ts'
import type { Framing } from './frame-reader.ts'
import { LineTranscript } from './line-transcript.ts'
import { aconnectValues, answerConnect } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { ownTermsOf, profileOf } from './partner-profile.ts'
import { PesitFault } from './pesit-fault.ts'
import { PesitLine } from './pesit-line.ts'
import { isCallerPlausible } from './pre-connection.ts'
import type { PreConnection } from './pre-connection.ts'
import { saidBy } from './said-diagnostic.ts'
import { freeText } from './server-context.ts'
import { decideLogin, REFUSED_TEXT, untilFloor } from './server-login.ts'
import type { LoginDecision } from './server-login.ts'
import type { WritesInHand } from './writes-in-hand.ts'

/** What all sessions of a listener share. */
export interface ServerSessionOptions {
  readonly services: ListenerServices
  readonly settings: PesitSettings
  readonly identicalResend: 'same-answer' | 'refuse'
  /** Sessions of one connection, on all listeners of PeSIT. */
  readonly sessionsOf: (connection: PartnerConnection) => number
  readonly writes: WritesInHand
  readonly isFull: () => boolean
  readonly onClosed: (session: ServerSession) => void
  readonly log: Logger
}

/** Before it is known who calls: two entities of that length at most (reference §13.2). */
const MAX_EARLY_ENTITY_BYTES = 8_192
const MAX_NUMBER = 255
/** After its last transfer a partner may take so long to release, when the gateway stops. */
const LEAVE_MILLISECONDS = 1_000

/** One connection of a partner that calls, from the first byte to the last. */
export class ServerSession {
  readonly #options: ServerSessionOptions
  readonly #accepted: AcceptedSocket
  readonly #reader: FrameReader
  readonly #line: PesitLine
  readonly #tls: TLSSocket | undefined
  readonly #peer: string
  #log: Logger
  #record: OpenSession | undefined
  #transcript: LineTranscript | undefined
  #connection: PartnerConnection | undefined
  /** Once the partner is known: faults on demand are scoped by it. */
  #dialogue: FaultedDialogue | undefined
  #desk: FileDesk | undefined
  #isStillAccepted: () => boolean = () => false
  #isStopping = false

  /** @param socket the accepted one, or the TLS inside it once the handshake is through */
  constructor(accepted: AcceptedSocket, socket: Socket, options: ServerSessionOptions) {
    const { settings } = options
    this.#accepted = accepted
    this.#options = options
    this.#tls = socket instanceof TLSSocket ? socket : undefined
    this.#peer = `${accepted.peer.host}:${accepted.peer.port}`
    this.#log = options.log.child({ peer: this.#peer })
    this.#reader = new FrameReader({
      framing: 'auto',
      first: 'pre-connection-or-fpdu',
      maxEntityBytes: MAX_EARLY_ENTITY_BYTES,
    })
    const Tp = settings.answerSeconds
    this.#line = new PesitLine({
      socket,
      role: 'server',
      own: randomInt(1, MAX_NUMBER + 1),
      reader: this.#reader,
      rules: { ...ownTermsOf(profileOf({}, settings)), strictness: settings.strictness },
      seconds: {
        Tc: settings.connectSeconds,
        Tp,
        Td: settings.idleSeconds,
        Tr: settings.closeSeconds,
      },
      handlers: {
        began: () => this.#open(),
        preConnection: (message, framing) => this.#preConnected(message, framing),
        told: (fpdu, values, notes) => this.#told(fpdu, values, notes),
        broke: (name, reason) => this.#broke(name, reason),
        saying: (name) => {
          const dialogue = this.#dialogue
          return dialogue === undefined ? undefined : misspoken(dialogue, this.#line, name)
        },
        ended: (outcome) => this.#ended(outcome),
      },
    })
  }

  /** Whose it is, once known. */
  get connection(): PartnerConnection | undefined {
    return this.#connection
  }

  /** Ends politely: at once without a file, else when it is closed (decisions E4). */
  stop(): void {
    this.#isStopping = true
    if (this.#connection === undefined) this.cut('the gateway stops')
    else this.#goodbye()
  }

  cut(reason: string): void {
    this.#line.cut(reason)
  }

  /** Resolves when nothing of it is being written any more. */
  async settled(): Promise<void> {
    await this.#desk?.settled()
  }

  // --- what comes ----------------------------------------------------------------------------

  #preConnected(message: PreConnection, framing: Framing): void {
    this.#open()
    const isTaken = this.#options.settings.preConnection === 'accept' && isCallerPlausible(message)
    this.#line.preAnswer(isTaken ? 'ACK0' : 'NAK0', framing)
    if (isTaken) return
    this.#refuse({
      code: 'PROTOCOL_REFUSED',
      reason: 'the pre-connection was answered NAK0',
      offered: message.caller,
    })
    this.#line.close('pre-connection refused')
  }

  #told(fpdu: Fpdu, values: ParameterValues, notes: readonly string[]): void {
    if (hasData(fpdu)) {
      this.#guarded(() => this.#desk?.data(fpdu))
      return
    }
    for (const note of notes) this.#log.debug({ fpdu: fpdu.name, note }, 'a liberty of the peer')
    switch (fpdu.name) {
      case 'CONNECT':
        this.#follow(this.#connect(values, asksForSecurity(fpdu)))
        return
      case 'RELEASE':
        this.#line.wish('RELCONF')
        return
      case 'ABORT':
        return
      case 'SYN':
        this.#guarded(() => this.#desk?.syncPoint(values.syncPoint ?? 0))
        return
      default:
        if (asksForSecurity(fpdu)) {
          this.#line.fault(new PesitFault('3/318', 'PI 71 to 83 ask for security'))
        } else if (this.#desk !== undefined) {
          this.#follow(this.#desk.told(fpdu.name, values))
        }
    }
  }

  #broke(name: DiagnosticName, reason: string): void {
    this.#open()
    this.#log.warn({ diagnostic: name, reason }, 'dialogue broken off')
    this.#desk?.broke()
  }

  // --- who it is -----------------------------------------------------------------------------

  async #connect(connect: ParameterValues, wantsSecurity: boolean): Promise<void> {
    const startedAt = performance.now()
    this.#open()
    const { services, settings } = this.#options
    const { host } = this.#accepted.peer
    const decision = decideLogin({
      services,
      settings,
      ...(this.#tls === undefined ? {} : { tls: this.#tls }),
      peerHost: host,
      connect,
      wantsSecurity,
    })
    if (decision.outcome === 'refused') {
      if (decision.code === 'CREDENTIAL_REFUSED') services.failedTries.failed(host)
      this.#refuse(decision)
      await untilFloor(startedAt, settings, services.failedTries.delayMilliseconds(host))
      this.#sayNo(decision.diagnostic, decision.text)
      return
    }
    await this.#welcome(decision, connect, startedAt)
  }

  async #welcome(
    { connection, facts, isStillAccepted }: Extract<LoginDecision, { outcome: 'accepted' }>,
    connect: ParameterValues,
    startedAt: number,
  ): Promise<void> {
    const { services, settings, sessionsOf, isFull } = this.#options
    const { host } = this.#accepted.peer
    const fault = services.faults.at('authenticate', {
      protocol: 'pesit',
      connectionId: connection.id,
      sessionId: this.#open().id,
    })
    if (fault?.kind === 'answer') {
      this.#line.wish('RCONNECT', { diagnostic: saidBy(fault.value) })
      return
    }
    if (fault?.kind === 'crash') process.kill(process.pid, 'SIGKILL')
    if (fault?.kind === 'cut') return this.cut('fault at authenticate')
    if (fault?.kind === 'refuse') {
      const reason = `a fault on demand: ${fault.message}`
      this.#refuse({ code: 'CREDENTIAL_REFUSED', reason, connectionId: connection.id })
      await untilFloor(startedAt, settings, services.failedTries.delayMilliseconds(host))
      return this.#sayNo('3/304', REFUSED_TEXT)
    }
    if (fault?.kind === 'delay') {
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
    }
    const limit = isFull()
      ? ({
          diagnostic: '3/303',
          reason: `${settings.maxConnections} connections are open`,
        } as const)
      : sessionsOf(connection) >= settings.maxPerConnection
        ? ({
            diagnostic: '3/309',
            reason: `${settings.maxPerConnection} connections of this partner are open`,
          } as const)
        : undefined
    if (this.#isStopping) return this.#sayNo('3/322', 'the gateway stops')
    if (limit !== undefined) {
      const { id: connectionId } = connection
      this.#refuse({ code: 'LIMIT_REACHED', reason: limit.reason, connectionId })
      return this.#sayNo(limit.diagnostic, limit.reason)
    }
    const partner = connection.pesit ?? { requesterId: connect.requester ?? '', overrides: {} }
    const profile = profileOf(partner.overrides, settings)
    const terms = ownTermsOf(profile)
    const answer = answerConnect(connect, terms)
    if ('refused' in answer) {
      const reason = `PI 6 is ${connect.version}`
      this.#refuse({ code: 'PROTOCOL_REFUSED', reason, connectionId: connection.id })
      return this.#sayNo(answer.refused, reason)
    }
    services.failedTries.succeeded(host)
    this.#accepted.authenticated()
    this.#connection = connection
    this.#isStillAccepted = isStillAccepted
    this.#log = this.#log.child({ connectionId: connection.id })
    this.#record?.note({ connectionId: connection.id, fields: facts })
    this.#reader.allowEntityBytes(MAX_ENTITY_BYTES)
    this.#line.setRules({ ...terms, strictness: profile.strictness })
    const dialogue = {
      faults: services.faults,
      connectionId: connection.id,
      sessionId: this.#open().id,
    }
    this.#dialogue = dialogue
    this.#desk = new FileDesk(
      {
        dialogue,
        line: this.#line,
        services,
        settings,
        identicalResend: this.#options.identicalResend,
        session: this.#open(),
        writes: this.#options.writes,
        transcript: this.#transcript!,
        connection,
        partner,
        profile,
        connect,
        peer: this.#peer,
        facts,
        mayStart: () => !this.#isStopping && this.#isStillAccepted(),
        log: this.#log,
      },
      () => this.#goodbye(),
    )
    const { ownPassword } = partner.overrides
    this.#line.wish('ACONNECT', {
      ...aconnectValues(connect, answer.terms),
      ...(ownPassword === undefined ? {} : { accessControl: ownPassword }),
    })
    this.#log.info({ requester: connect.requester, ...answer.terms.sync }, 'partner connected')
  }

  #sayNo(name: DiagnosticName, text: string): void {
    this.#line.wish('RCONNECT', { diagnostic: diagnostic(name), freeText: freeText(text) })
  }

  // --- the record ----------------------------------------------------------------------------

  #open(): OpenSession {
    if (this.#record !== undefined) return this.#record
    const { services } = this.#options
    const { socket } = this.#line
    const record = services.sessions.open({
      protocol: 'pesit',
      peer: this.#peer,
      line: {
        bytes: () => ({ in: socket.bytesRead, out: socket.bytesWritten }),
        cut: (reason) => this.cut(reason),
      },
    })
    this.#record = record
    this.#transcript = new LineTranscript(record.transcript)
    this.#line.setTranscript(this.#transcript)
    this.#log = this.#log.child({ sessionId: record.id })
    return record
  }

  #refuse(
    refusal: Pick<Parameters<ListenerServices['sessions']['refused']>[0], 'code' | 'reason'> &
      Partial<Parameters<ListenerServices['sessions']['refused']>[0]>,
  ): void {
    const { code, reason, offered, nearest, connectionId } = refusal
    const refusalId = this.#options.services.sessions.refused({
      protocol: 'pesit',
      peer: this.#peer,
      sessionId: this.#open().id,
      code,
      reason,
      ...(offered === undefined ? {} : { offered }),
      ...(nearest === undefined ? {} : { nearest }),
      ...(connectionId === undefined ? {} : { connectionId }),
    })
    this.#log.warn({ refusalId, code, reason }, 'partner refused')
  }

  // --- the end -------------------------------------------------------------------------------

  /** Without a file in hand and no right to begin one, our good-bye is ABORT: only they may release. */
  #goodbye(): void {
    const leave = (): void => {
      if (this.#line.session.state !== 'CN03') return
      if (!this.#isStopping && this.#isStillAccepted()) return
      this.#line.wish('ABORT', { diagnostic: diagnostic(this.#isStopping ? '3/312' : '3/316') })
    }
    if (this.#desk?.hasHadFile === true) setTimeout(leave, LEAVE_MILLISECONDS).unref()
    else leave()
  }

  #ended(outcome: string): void {
    const done = this.#desk?.ended() ?? Promise.resolve()
    done
      .then(() => this.#record?.close(outcome))
      .catch((err: unknown) => this.#log.error({ err }, 'the end of a session was not recorded'))
      .finally(() => this.#options.onClosed(this))
    this.#log.debug({ outcome }, 'session closed')
  }

  #follow(work: Promise<void>): void {
    work.catch((error: unknown) => this.#failed(error))
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (error instanceof PesitFault) {
      this.#line.fault(error)
      return
    }
    this.#log.error({ err: error }, 'session failed')
    if (!this.#line.wish('ABORT', { diagnostic: diagnostic('3/399') })) this.cut('internal error')
  }
}
