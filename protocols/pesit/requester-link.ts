import type { Socket } from 'node:net'
import type { TranscriptWriter } from '../transcript.ts'
import type { PackingTerms } from './data-block.ts'
import { diagnostic, isNegative } from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import type { Strictness } from './fpdu-parameters.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { FrameReader, MAX_ENTITY_BYTES } from './frame-reader.ts'
import { frameEntity } from './frame-writer.ts'
import { LineTranscript } from './line-transcript.ts'
import type { Access } from './negotiation.ts'
import { ACCESS_TYPES, PESIT_VERSION } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { PartnerProfile } from './partner-presets.ts'
import { PesitLine } from './pesit-line.ts'
import { PesitRefusal, refusalOf } from './pesit-refusal.ts'
import { openPesitSocket } from './pesit-socket.ts'
import type { OpenedSocket, PesitPlace } from './pesit-socket.ts'
import { encodePreConnection } from './pre-connection.ts'
import { RequesterDialogue } from './requester-dialogue.ts'
import type { Said } from './requester-dialogue.ts'

/** How a server is called. */
export interface CallOptions {
  readonly place: PesitPlace
  /** PI 3 and PI 4. */
  readonly requesterId: string
  readonly serverId: string
  /** PI 5. */
  readonly password?: string
  /** Said before CONNECT, where the profile sends one; absent: the first 8 characters of PI 3. */
  readonly preConnection?: { readonly caller: string; readonly password?: string }
  readonly profile: Omit<PartnerProfile, 'naming'>
  readonly strictness?: Strictness
  /** PI 1. */
  readonly hasChecksum?: boolean
  /** PI 21 as ORF proposes it: 1 horizontal, 2 vertical, 3 both; absent or 0: none. */
  readonly compression?: number
  /** PI 22. */
  readonly access: Access
  /** For the way to the server, for each answer, and for a transfer without a byte. */
  readonly answerSeconds?: number
  /** PI 19 of a transfer that `signal` gives up: 8 it is taken up later, 16 it is not. */
  readonly endCodeOfGivingUp?: 8 | 16
  /** Gives the call up; a transfer has its own. */
  readonly signal?: AbortSignal
  /** Told which socket it goes over. */
  readonly onSocket?: (socket: Socket) => void
  readonly transcript?: TranscriptWriter
}

/** A fault that we found in what the server did. */
export interface OwnVerdict {
  readonly diagnostic: DiagnosticName
  readonly reason: string
}

const OWN_NUMBER = 1
const DEFAULT_ANSWER_SECONDS = 60
const CLOSE_SECONDS = 5
/** A requester that has nothing to say for so long releases the connection (reference §13.1). */
const IDLE_SECONDS = 60
const SERVICE = 'PESIT'
const MAX_LOGIN_CHARACTERS = 8

/** A connection to a server, from CONNECT on: the dialogue and the line under it. */
export class RequesterLink {
  readonly line: PesitLine
  readonly dialogue: RequesterDialogue
  readonly options: Omit<CallOptions, 'place'>
  /** Whether a TLS session was resumed. */
  readonly isResumed: boolean
  /** Liberties the server took. */
  readonly notes: string[] = []
  /** What we found wrong last. */
  lastFault: OwnVerdict | undefined
  #transcript: LineTranscript | undefined

  private constructor(
    options: Omit<CallOptions, 'place'>,
    { socket, isResumed, isTls }: OpenedSocket,
  ) {
    const { profile, hasChecksum = false } = options
    this.options = options
    this.isResumed = isResumed
    const dialogue = new RequesterDialogue()
    this.dialogue = dialogue
    const framing = isTls ? profile.framingOverTls : profile.framing
    const first = profile.sendsPreConnection ? 'pre-answer' : 'fpdu'
    const reader = new FrameReader({ framing, first, maxEntityBytes: MAX_ENTITY_BYTES })
    reader.expectChecksum(hasChecksum)
    const Tp = options.answerSeconds ?? DEFAULT_ANSWER_SECONDS
    this.line = new PesitLine({
      socket,
      role: 'requester',
      own: OWN_NUMBER,
      reader,
      rules: {
        strictness: options.strictness ?? 'lenient',
        sync: profile.sync,
        mayResynchronise: profile.mayResynchronise,
        compressions: [],
        maxEntityBytes: profile.maxEntityBytes,
      },
      seconds: { Tc: Tp, Tp, Td: IDLE_SECONDS, Tr: CLOSE_SECONDS },
      handlers: {
        preAnswer: (answer) => dialogue.preAnswered(answer),
        told: (fpdu, values, notes) => {
          this.notes.push(...notes.map((note) => `${fpdu.name}: ${note}`))
          if (fpdu.name === 'ABORT') dialogue.finish(refusalOf('ABORT', values))
          else dialogue.say({ name: fpdu.name, fpdu, values })
        },
        broke: (name, reason) => {
          this.lastFault = { diagnostic: name, reason }
          // Of type 3: an ABORT has gone, nothing comes any more.
          if (this.line.session.state === 'END') dialogue.finish(brokenBy(name, reason))
          else dialogue.wake()
        },
        ended: (outcome) => dialogue.finish(new PesitRefusal('unreachable', outcome)),
      },
    })
    if (options.transcript !== undefined) {
      this.#transcript = new LineTranscript(options.transcript)
      this.line.setTranscript(this.#transcript)
    }
  }

  /**
   * Calls a server, up to its ACONNECT.
   * @throws SendingError: PesitRefusal once the server is there and says no
   */
  static async open(options: CallOptions): Promise<RequesterLink> {
    const opened = await openPesitSocket(options.place, {
      timeoutSeconds: options.answerSeconds ?? DEFAULT_ANSWER_SECONDS,
      signal: options.signal,
    })
    options.onSocket?.(opened.socket)
    return RequesterLink.over(opened, options)
  }

  /**
   * The same over a socket that is open, its server judged already; it is ended here.
   * @throws PesitRefusal
   */
  static async over(
    opened: OpenedSocket,
    options: Omit<CallOptions, 'place'>,
  ): Promise<RequesterLink> {
    const link = new RequesterLink(options, opened)
    const stop = (): void => link.line.cut('given up')
    options.signal?.addEventListener('abort', stop, { once: true })
    try {
      await link.#connect()
      return link
    } catch (error) {
      link.line.close('refused')
      if (options.signal?.aborted !== true) throw error
      throw new PesitRefusal('cancelled', 'It was given up.', { cause: error })
    } finally {
      options.signal?.removeEventListener('abort', stop)
    }
  }

  get profile(): CallOptions['profile'] {
    return this.options.profile
  }

  get endCodeOfGivingUp(): 8 | 16 {
    return this.options.endCodeOfGivingUp ?? 16
  }

  /** What ORF proposes. */
  get compressionValues(): ParameterValues {
    const kind = this.options.compression ?? 0
    if (kind === 0 && !this.profile.alwaysCompressionOption) return {}
    return { compression: { isOn: kind !== 0, kind } }
  }

  get packing(): Omit<PackingTerms, 'destination' | 'maxEntityBytes' | 'hasChecksum'> {
    const { multiArticle, segmentation, concatenation } = this.profile
    return { framing: this.line.style.framing, multiArticle, segmentation, concatenation }
  }

  /**
   * Says something, and waits for its answer, which must be positive.
   * @throws PesitRefusal
   */
  async ask(name: ParameterFpduName, values: ParameterValues = {}): Promise<Said> {
    return this.positive(await this.tell(name, values))
  }

  /** The same, whatever the answer says. @throws PesitRefusal when the line ends */
  async tell(name: ParameterFpduName, values: ParameterValues = {}): Promise<Said> {
    this.say(name, values)
    return this.dialogue.next()
  }

  /** Says something that has no answer of its own. @throws PesitRefusal when it cannot be said */
  say(name: ParameterFpduName, values: ParameterValues): void {
    if (this.line.wish(name, values)) return
    const { state } = this.line.session
    throw (
      this.dialogue.end ?? new PesitRefusal('local', `${name} cannot be said in state ${state}.`)
    )
  }

  /** @throws PesitRefusal when its diagnostic is negative */
  positive(said: Said): Said {
    const { diagnostic: given } = said.values
    if (given !== undefined && isNegative(given)) throw refusalOf(said.name, said.values)
    return said
  }

  /** RELEASE, and the network is closed; never throws. */
  async release(): Promise<void> {
    try {
      if (this.line.session.state === 'CN03') {
        await this.tell('RELEASE', { diagnostic: diagnostic('0/000') })
      }
    } catch (error) {
      if (!(error instanceof PesitRefusal)) throw error
    } finally {
      this.line.close('released')
    }
  }

  async #connect(): Promise<void> {
    if (this.profile.sendsPreConnection) await this.#preConnect()
    const { sync, mayResynchronise } = this.profile
    const { requesterId, serverId, password, hasChecksum, access } = this.options
    const said = await this.tell('CONNECT', {
      ...(hasChecksum === true ? { crc: 1 } : {}),
      requester: requesterId,
      server: serverId,
      ...(password === undefined ? {} : { accessControl: password }),
      version: PESIT_VERSION,
      ...(sync.intervalKib === 0 ? {} : { syncOption: sync }),
      access: ACCESS_TYPES.indexOf(access),
      ...(mayResynchronise && sync.intervalKib > 0 ? { resynchronisation: 1 } : {}),
    })
    if (said.name !== 'ACONNECT') throw refusalOf(said.name, said.values)
  }

  async #preConnect(): Promise<void> {
    const { caller, password } = this.options.preConnection ?? {
      caller: this.options.requesterId.slice(0, MAX_LOGIN_CHARACTERS),
    }
    const message = { service: SERVICE, caller, password: password ?? '' }
    const raw = encodePreConnection(message)
    this.#transcript?.preConnection('out', message, raw)
    this.line.writeBytes(frameEntity([raw], this.line.style.framing))
    if ((await this.dialogue.nextPreAnswer()) === 'NAK0') {
      throw new PesitRefusal('refused', 'The server refused the pre-connection (NAK0).')
    }
  }
}

function brokenBy(name: DiagnosticName, reason: string): PesitRefusal {
  const failure = name === '3/317' ? 'timed-out' : 'refused'
  return new PesitRefusal(failure, `${name} ${reason}`, { diagnostic: diagnostic(name) })
}
