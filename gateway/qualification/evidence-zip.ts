import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Zip, ZipDeflate } from 'fflate'
import type { PayloadStore } from '../payloads/payloads.ts'
import { evidenceHtml } from './evidence-html.ts'
import { evidenceJson } from './evidence-json.ts'
import { junitOf } from './evidence-junit.ts'
import type { EvidenceLanguage } from './evidence-texts.ts'
import { evidenceVerdict, type EvidenceDocument, type RunEvidence } from './evidence.ts'
import { verdictOf } from './qualification.ts'
import { resultBadge } from './result-badge.ts'

/** Names of what is in the archive, the same for who writes and who checks. */
export const ZIP_FILES = {
  html: 'evidence.html',
  json: 'evidence.json',
  sums: 'SHA256SUMS',
} as const
/** Names the contents that are not in the archive, with the reason; there where there are some. */
export const LEFT_OUT = 'LEFT-OUT.txt'
/** Contents of one archive; what comes after is named in it. Below what ZIP without its 64-bit form holds. */
const MAX_ZIP_BYTES = 2 * 1024 ** 3
/** Below what its 16-bit count of files holds, with those that every archive has. */
const MAX_CONTENTS = 65_000
const DEFLATE_LEVEL = 6

/**
 * Everything that proves runs as one ZIP, made while it is read: page, JSON, JUnit, badges, each
 * message, transcript and attachment whole, and `SHA256SUMS` over all of them (`sha256sum -c`).
 */
export async function* zipEvidence(
  evidence: EvidenceDocument,
  language: EvidenceLanguage,
  payloads: Pick<PayloadStore, 'read'>,
): AsyncGenerator<Uint8Array> {
  const archive = new Archive()
  const runs = evidence.runs.map(({ run }) => run)
  yield* archive.add(ZIP_FILES.html, [evidenceHtml(evidence, language)])
  yield* archive.add(ZIP_FILES.json, [evidenceJson(evidence)])
  yield* archive.add('junit.xml', [junitOf(runs)])
  const campaign = evidence.campaign?.result
  yield* archive.add('badge.svg', [
    resultBadge(
      campaign?.campaign.id ?? runs[0]?.scenario.id ?? '',
      evidenceVerdict(runs, evidence.campaign),
      language,
    ),
  ])
  const leftOut: string[] = []
  let left = MAX_ZIP_BYTES
  let count = 0
  for (const run of evidence.runs) {
    for (const { path, bytes, open } of partsOf(run, payloads, language)) {
      const isFull = bytes > left || count >= MAX_CONTENTS
      const chunks = isFull ? undefined : await begun(open)
      if (chunks === undefined) {
        leftOut.push(`${path} (${isFull ? 'too much for one archive' : 'no longer kept'})`)
      } else {
        left -= bytes
        count += 1
        yield* archive.add(path, chunks)
      }
    }
  }
  if (leftOut.length > 0) yield* archive.add(LEFT_OUT, [`${leftOut.join('\n')}\n`])
  yield* archive.end()
}

interface Part {
  readonly path: string
  readonly bytes: number
  readonly open: () => AsyncIterable<Uint8Array>
}

function* partsOf(
  { run, messages, sessions, attachments }: RunEvidence,
  payloads: Pick<PayloadStore, 'read'>,
  language: EvidenceLanguage,
): Generator<Part> {
  const folder = `runs/${run.scenario.id}-${run.id}`
  yield {
    path: `${folder}/badge.svg`,
    bytes: 0,
    open: () => piecesOf([resultBadge(run.scenario.id, verdictOf(run), language)]),
  }
  for (const message of messages) {
    yield {
      path: `${folder}/messages/${message.direction}-${message.id}-${plain(message.name)}`,
      bytes: message.bytes,
      open: () => payloads.read(message),
    }
  }
  for (const { id, transcriptSha256: sha256, transcriptBytes: bytes } of sessions) {
    if (sha256 === null || bytes === null) continue
    yield {
      path: `${folder}/transcripts/${id}.ndjson`,
      bytes,
      open: () => unzipped(payloads.read({ sha256, bytes })),
    }
  }
  for (const attachment of attachments) {
    yield {
      path: `${folder}/attachments/${attachment.step}-${attachment.id}-${plain(attachment.name)}`,
      bytes: attachment.bytes,
      open: () => payloads.read(attachment),
    }
  }
}

/** A name of somebody else's as it may stand in any file system. */
const plain = (name: string): string => name.replaceAll(/[^\w.-]/g, '_').slice(-120)

function unzipped(source: NodeJS.ReadableStream): AsyncIterable<Uint8Array> {
  const text = createGunzip()
  // What fails in the store is told by who reads.
  pipeline(source, text, () => {})
  return text
}

async function* piecesOf(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

/** With its first piece in hand; undefined when the store has it no longer. */
async function begun(
  open: () => AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const iterator = open()[Symbol.asyncIterator]()
  try {
    const first = await iterator.next()
    return withFirst(first, iterator)
  } catch {
    return undefined
  }
}

async function* withFirst(
  first: IteratorResult<Uint8Array>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let piece = first; piece.done !== true; piece = await iterator.next()) yield piece.value
}

/** Writes a ZIP piece by piece; what is handed on is held no longer. */
class Archive {
  readonly #sums: string[] = []
  readonly #ready: Uint8Array[] = []
  readonly #zip: Zip
  readonly #at = new Date()
  #failure: Error | undefined

  constructor() {
    this.#zip = new Zip((error, chunk) => {
      if (error === null) this.#ready.push(chunk)
      else this.#failure = error
    })
  }

  async *add(
    path: string,
    content: AsyncIterable<Uint8Array> | readonly string[],
  ): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    const file = new ZipDeflate(path, { level: DEFLATE_LEVEL })
    file.mtime = this.#at
    this.#zip.add(file)
    const pieces = Symbol.asyncIterator in content ? content : piecesOf(content)
    for await (const piece of pieces) {
      hash.update(piece)
      file.push(piece)
      yield* this.#drain()
    }
    file.push(new Uint8Array(), true)
    this.#sums.push(`${hash.digest('hex')}  ${path}\n`)
    yield* this.#drain()
  }

  async *end(): AsyncGenerator<Uint8Array> {
    yield* this.add(ZIP_FILES.sums, [this.#sums.join('')])
    this.#zip.end()
    yield* this.#drain()
  }

  *#drain(): Generator<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure
    yield* this.#ready.splice(0)
  }
}
