import type { RefusalCode, RefusalId } from '../../gateway/flow.ts'
import type { DoorRefusal, ListenerServices, PartnerConnection } from '../listener.ts'
import { describeReference } from './cms/recipient-info.ts'
import type { IncomingPost, PostAnswer } from './incoming-post.ts'
import { hashRow } from './cms/algorithms.ts'
import type { MessageFacts } from './message-reader.ts'
import type { HeaderList } from './message-writer.ts'
import type { Mic } from './mic.ts'

/** Of one header in a transcript. */
const MAX_SHOWN_CHARACTERS = 500
/** Credentials for HTTP, which AS2 has no use for. */
const MASKED: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Writes down one exchange: headers, layers, algorithms, certificates, MIC, receipt; no payload. */
export class ExchangeRecord {
  readonly #post: IncomingPost
  readonly #services: ListenerServices

  constructor(post: IncomingPost, services: ListenerServices) {
    this.#post = post
    this.#services = services
    this.#record('in', 'http', 'POST', this.#post.headers.get('content-type') ?? '', {
      ...shownHeaders(this.#post.headers.all),
    })
  }

  /** Everything that the layers of the message said. */
  opened(facts: MessageFacts, mic: Mic | undefined): void {
    const { envelope, signature, layers, micBasis, digests } = facts
    if (envelope !== undefined) {
      this.#record('in', 'cms', envelope.type, envelope.cipher.name, {
        cipher: envelope.cipher.name,
        recipients: envelope.recipients.map(describeReference).join('; '),
        keyAlgorithms: envelope.keyAlgorithms.join('; '),
        openedWith: envelope.openedWith?.sha256 ?? 'no key of ours',
      })
    }
    if (signature !== undefined) {
      const { certificate, algorithm, signingTime } = signature
      this.#record('in', 'cms', 'signed', algorithm, {
        algorithm,
        certificate: certificate.sha256,
        subject: certificate.subject,
        ...(signingTime === undefined ? {} : { signingTime: new Date(signingTime).toISOString() }),
      })
    }
    const shown = [...digests].map(([hash, digest]) => [
      `digest ${hash}`,
      digest.toString('base64'),
    ])
    this.#record('in', 'as2', 'MESSAGE', layers.length === 0 ? 'plain' : layers.join(' > '), {
      layers: layers.join(' > '),
      micOver: micBasis,
      ...(facts.isOverCanonicalLines ? { lineEnds: 'signed as CR LF, came as LF: allowed' } : {}),
      ...Object.fromEntries(shown),
      ...(mic === undefined
        ? {}
        : { mic: `${mic.digest.toString('base64')}, ${hashRow(mic.hash).micalg}` }),
    })
  }

  /** A receipt, or what else was answered. */
  answered(answer: PostAnswer, what: string): void {
    this.#record('out', 'http', String(answer.status), what, {
      ...shownHeaders(answer.headers),
      ...(isText(answer.body) ? { body: answer.body.toString('latin1') } : {}),
    })
  }

  note(name: string, summary: string, fields: Readonly<Record<string, string>> = {}): void {
    this.#record('in', 'as2', name, summary, fields)
  }

  refused(
    code: RefusalCode,
    reason: string,
    more: Pick<DoorRefusal, 'offered' | 'wanted' | 'nearest'> & {
      readonly connection?: PartnerConnection
    } = {},
  ): RefusalId {
    const { connection, ...rest } = more
    const { session, peer } = this.#post
    return this.#services.sessions.refused({
      protocol: 'as2',
      peer: `${peer.host}:${peer.port}`,
      sessionId: session.id,
      code,
      reason,
      ...(connection === undefined ? {} : { connectionId: connection.id }),
      ...rest,
    })
  }

  #record(
    direction: 'in' | 'out',
    layer: string,
    name: string,
    summary: string,
    fields: Readonly<Record<string, string>>,
  ): void {
    const { session, number: exchange } = this.#post
    session.transcript.record({ direction, layer, name, summary, fields, exchange })
  }
}

function shownHeaders(headers: HeaderList): Readonly<Record<string, string>> {
  return Object.fromEntries(
    headers.map(([name, value]) => [
      name.toLowerCase(),
      MASKED.has(name.toLowerCase()) ? '(hidden)' : value.slice(0, MAX_SHOWN_CHARACTERS),
    ]),
  )
}

/** A receipt is: what is put into a transcript holds no payload. */
const isText = (body: Buffer): boolean => body.length > 0 && body.length < 16_384
