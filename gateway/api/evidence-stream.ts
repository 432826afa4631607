import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Places } from './places.ts'
import type { Answer } from './route.ts'

export type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

interface EvidenceReaders {
  readonly places: Places
  /** Of an answer, from its first byte to its last. */
  readonly readMilliseconds: number
}

/** One record may carry 24 MiB of contents, several times while it is made: so many at a time. */
const waitsFor = (atATime: number): Places => new Places('evidence', { atATime, maxWaiting: 30 })

/** Whoever has a link: by reading slowly nobody holds a place for long. */
export const LINK_READERS: EvidenceReaders = { places: waitsFor(1), readMilliseconds: 60_000 }
/** Who has signed in, and may fetch an archive of 2 GiB from afar. */
export const KNOWN_READERS: EvidenceReaders = { places: waitsFor(2), readMilliseconds: 3_600_000 }

/**
 * Evidence, made when there is a place for it, which is held until it is read: however many ask,
 * the gateway holds a few.
 */
export function evidenceStream(
  mediaType: string,
  make: () => Promise<Chunks>,
  { places, readMilliseconds }: EvidenceReaders,
  {
    signal,
    headers,
  }: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
): Answer {
  return {
    status: 200,
    headers,
    stream: {
      mediaType,
      async write(response) {
        const leave = await places.enter(signal)
        if (leave === undefined) return
        try {
          const chunks = await make()
          const end = AbortSignal.timeout(readMilliseconds)
          await pipeline(Readable.from(chunks), response, { signal: end }).catch(
            (error: unknown) => {
              if (!end.aborted) throw error
              response.destroy()
            },
          )
        } finally {
          leave()
        }
      },
    },
  }
}
