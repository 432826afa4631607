import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { readRunFile, type RunFile } from '../run-file.ts'
import type { FlowDocument } from '../flow.ts'
import type { CertificateAnswer, CertificateQuestion } from '../certificate-checking.ts'
import type { IdentityKind } from '../identity-kinds.ts'
import type { ErrorDetail } from '../errors.ts'
import type { Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { IdentityKeyDocument } from './identity.ts'

/** Where the API is: `--url` and `--token`, `RACCORD_URL` and `RACCORD_TOKEN`, or the run file. */
export interface ApiTarget {
  readonly url?: string
  readonly token?: string
  readonly data: string
  /** Of what the gateway says; English unless given. */
  readonly language?: Language
}

/** One request to the API. */
export interface ApiOrder {
  /** GET unless there is a body, then POST. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** JSON, or a file when it is bytes. */
  readonly body?: unknown
  /** Of the document that was read: it must not have changed since. */
  readonly revision?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent without the token: a person signs in, or is signed in by these headers. */
  readonly isPersonal?: boolean
  /** Ends the request; else it has a minute. */
  readonly signal?: AbortSignal
}

/** A refusal at the door as the API gives it. */
export interface RefusalDocument {
  readonly id: string
  readonly at: string
  readonly connectionId: string | null
  readonly protocol: string
  readonly peer: string
  readonly code: string
  readonly message: { readonly en: string; readonly fr: string }
  readonly remedy: { readonly en: string; readonly fr: string }
  readonly reason: string
  readonly offered: string | null
  readonly wanted: string | null
  readonly nearest: { readonly connectionId?: string; readonly differs?: string } | null
}

/** The commands' way to a running gateway: the public HTTP API and nothing else. */
export class ApiClient {
  readonly url: string
  readonly #token: string
  readonly #language: Language

  constructor(url: string, token: string, language: Language = 'en') {
    this.url = url.replace(/\/$/, '')
    this.#token = token
    this.#language = language
  }

  /** @throws CommandFailure unreachable when no gateway is known */
  static async find(target: ApiTarget): Promise<ApiClient> {
    const run = await readRunFile(target.data)
    const url = target.url ?? run?.url
    if (url === undefined || url === null) {
      throw new CommandFailure(
        EXIT.unreachable,
        `No gateway is known to run on the data folder ${target.data}.`,
        'Go to the folder where one runs or name its data folder with --data; one elsewhere with --url and --token. None yet: raccord demo, or raccord serve.',
      )
    }
    trustRoot(run)
    // The token of this machine's gateway is for none that is elsewhere.
    const own = url === run?.url ? run.token : ''
    return new ApiClient(url, target.token ?? own, target.language)
  }

  static ofRun(run: RunFile): ApiClient {
    trustRoot(run)
    return new ApiClient(run.url ?? '', run.token)
  }

  /** For `ready()` alone: a process without an API answers that too. */
  static async findHealth(target: ApiTarget): Promise<ApiClient> {
    const run = target.url === undefined ? await readRunFile(target.data) : undefined
    if (run?.url !== null || run.healthUrl === undefined) return ApiClient.find(target)
    return new ApiClient(run.healthUrl, '', target.language)
  }

  async flow(id: string): Promise<FlowDocument> {
    return (await this.#json(`/api/v1/flows/${encodeURIComponent(id)}`)) as FlowDocument
  }

  async flows(
    query: Readonly<Record<string, string>>,
  ): Promise<{ readonly flows: readonly FlowDocument[]; readonly next: string | null }> {
    return (await this.#json(withQuery('/api/v1/flows', query))) as never
  }

  async refusals(query: Readonly<Record<string, string>>): Promise<readonly RefusalDocument[]> {
    const answer = await this.#json(withQuery('/api/v1/refusals', query))
    return (answer as { refusals: readonly RefusalDocument[] }).refusals
  }

  /** Has the gateway's test authority sign a request (PKCS#10, PEM). */
  async testCertificate(order: {
    readonly request: string
    readonly purpose: string
    readonly days: number
    readonly dnsNames: readonly string[]
  }): Promise<{ readonly certificatePem: string; readonly chainPem: readonly string[] }> {
    const response = await this.#get('/api/v1/test-certificates', order)
    return (await response.json()) as never
  }

  /** The gateway's own keys. */
  async identity(): Promise<readonly IdentityKeyDocument[]> {
    const answer = (await this.#json('/api/v1/identity')) as { keys: IdentityKeyDocument[] }
    return answer.keys
  }

  /** Has the next key of a kind made. */
  async rotateIdentity(kind: IdentityKind, overlapSeconds: number): Promise<IdentityKeyDocument> {
    const response = await this.#get(`/api/v1/identity/${kind}/rotations`, { overlapSeconds })
    return (await response.json()) as IdentityKeyDocument
  }

  /** What the form would say of a certificate file. */
  async checkCertificates(question: CertificateQuestion): Promise<CertificateAnswer> {
    const { bytes, protocol, part, startsAt, fileName } = question
    const path = withQuery('/api/v1/certificates/check', {
      protocol,
      ...(part === undefined ? {} : { part }),
      ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt).toISOString() }),
      ...(fileName === undefined ? {} : { fileName }),
    })
    return (await (await this.#get(path, bytes)).json()) as CertificateAnswer
  }

  /** The export, as it streams. */
  async export(query: Readonly<Record<string, string>>): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#get(withQuery('/api/v1/flows/export', query))
    return response.body as unknown as AsyncIterable<Uint8Array>
  }

  /** The readiness document; its status is 503 while something is not ready. */
  async ready(): Promise<{
    readonly isReady: boolean
    readonly checks: readonly {
      readonly name: string
      readonly ok: boolean
      readonly detail: string
    }[]
  }> {
    const response = await this.#fetch('/readyz')
    const body = (await response.json()) as { checks: [] }
    return { isReady: response.status === 200, checks: body.checks }
  }

  /** The JSON an order is answered with. @throws CommandFailure with what the gateway says */
  async json<Answer>(order: ApiOrder): Promise<Answer> {
    return (await (await this.call(order)).json()) as Answer
  }

  /** Answered with success. @throws CommandFailure with what the gateway says */
  async call({ path, query, ...init }: ApiOrder): Promise<Response> {
    const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    const full = `/api/v1${path}`
    const response = await this.#fetch(
      pairs.length === 0 ? full : withQuery(full, Object.fromEntries(pairs)),
      init,
    )
    if (response.ok) return response
    throw await problemFailure(response, this.#language)
  }

  async #json(path: string): Promise<unknown> {
    return (await this.#get(path)).json()
  }

  async #get(path: string, body?: unknown): Promise<Response> {
    const response = await this.#fetch(path, { body })
    if (response.ok) return response
    throw await problemFailure(response, this.#language)
  }

  async #fetch(path: string, order: Omit<ApiOrder, 'path' | 'query'> = {}): Promise<Response> {
    const { body, method, revision, headers, signal, isPersonal } = order
    const token = isPersonal === true ? '' : this.#token
    const isFile = body instanceof Uint8Array
    try {
      return await fetch(this.url + path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
          'Accept-Language': this.#language,
          ...(body === undefined
            ? {}
            : { 'Content-Type': isFile ? FILE_TYPE : 'application/json' }),
          ...(revision === undefined ? {} : { 'If-Match': `"${revision}"` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isFile ? Buffer.from(body) : JSON.stringify(body) }),
        signal: signal ?? AbortSignal.timeout(60_000),
      })
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
      throw new CommandFailure(
        isTimeout ? EXIT.timedOut : EXIT.unreachable,
        `The gateway at ${this.url} does not answer.`,
        'Check that it runs: raccord ready --wait 10s',
      )
    }
  }
}

/** What a problem document says, every fault on a line of its own. */
async function problemFailure(response: Response, language: Language): Promise<CommandFailure> {
  const problem = (await response.json().catch(() => ({}))) as {
    readonly code?: string
    readonly title?: string
    readonly detail?: string
    readonly remedy?: string
    readonly errors?: readonly ErrorDetail[]
  }
  const faults = (problem.errors ?? []).flatMap(({ field, message, remedy }) => [
    `  ✗ ${field === '' ? '' : `${field}: `}${message[language]}`,
    ...(remedy === undefined ? [] : [`    → ${remedy[language]}`]),
  ])
  const isRefused = response.status === 401 || response.status === 403
  const isUsage = problem.code === 'API_REQUEST_INVALID' && faults.length > 0
  // The detail of a wrong request is its first fault, which follows on a line of its own.
  const said = language === 'fr' || isUsage ? problem.title : problem.detail
  return new CommandFailure(
    isRefused ? EXIT.refused : isUsage ? EXIT.usage : EXIT.expectedFailure,
    [said ?? problem.detail ?? `The gateway answered ${response.status}.`, ...faults].join('\n'),
    problem.remedy,
  )
}

const FILE_TYPE = 'application/octet-stream'

/** A gateway of this machine whose API has its own certificate: its root is beside it. */
function trustRoot(run: RunFile | undefined): void {
  if (run?.apiRootPem === undefined) return
  setDefaultCACertificates([...getCACertificates('default'), run.apiRootPem])
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`
}
