import { HASHES } from './cms/algorithms.ts'
import type { Octets } from './octets.ts'
import { RunningDigests } from './running-digests.ts'

/** Known ways in which products compute a MIC, or change a part on its way. */
export type MicVariant =
  | 'as-received'
  | 'lf-to-crlf'
  | 'crlf-to-lf'
  | 'line-end-added'
  | 'line-end-removed'

/** What would have matched. */
export interface MicFinding {
  readonly variant: MicVariant
  /** The headers of the part were hashed too. */
  readonly hasHeaders: boolean
  /** OpenSSL's name. */
  readonly hash: string
  /** What to change at the partner. */
  readonly remedy: { readonly en: string; readonly fr: string }
}

const REMEDIES: Readonly<Record<MicVariant, MicFinding['remedy']>> = {
  'as-received': {
    en: 'The octets are right: hash the part with its headers when it is signed, encrypted or compressed, and without them when it is none of these.',
    fr: 'Les octets sont justes : calculer le condensat avec les en-têtes de la partie si elle est signée, chiffrée ou compressée, et sans eux sinon.',
  },
  'lf-to-crlf': {
    en: 'The MIC is over lines that end in CR LF, but LF alone was sent: send the text as it was hashed, or mark it as binary.',
    fr: 'Le MIC porte sur des lignes terminées par CR LF, mais LF seul a été envoyé : envoyer le texte tel qu’il a été condensé, ou le déclarer binaire.',
  },
  'crlf-to-lf': {
    en: 'The MIC is over lines that end in LF alone, but CR LF was sent: something between changes line ends.',
    fr: 'Le MIC porte sur des lignes terminées par LF seul, mais CR LF a été envoyé : un intermédiaire change les fins de ligne.',
  },
  'line-end-added': {
    en: 'The MIC also covers the line end in front of the boundary, which belongs to the boundary (RFC 2046).',
    fr: 'Le MIC couvre aussi la fin de ligne devant le délimiteur, qui appartient au délimiteur (RFC 2046).',
  },
  'line-end-removed': {
    en: 'The MIC leaves out the last line end of the part: hash the part to its last octet.',
    fr: 'Le MIC omet la dernière fin de ligne de la partie : calculer le condensat jusqu’au dernier octet.',
  },
}

type Transform = (octets: Octets) => AsyncGenerator<Buffer>

const VARIANTS: Readonly<Record<MicVariant, Transform>> = {
  'as-received': (octets) => lineEnds(octets, (text) => text),
  'lf-to-crlf': (octets) => lineEnds(octets, (text) => text.replaceAll(/\r?\n/g, '\r\n')),
  'crlf-to-lf': (octets) => lineEnds(octets, (text) => text.replaceAll('\r\n', '\n')),
  async *'line-end-added'(octets) {
    for await (const piece of octets) yield piece
    yield Buffer.from('\r\n')
  },
  'line-end-removed': withoutLastLineEnd,
}

const HEADERS_FIRST = [true, false]

/**
 * Looks for the known variant whose digest is the one that the partner has.
 * @param part its headers as they arrived, and its body, which is read several times
 * @returns undefined when no variant has that digest: other octets were hashed
 */
export async function diagnoseMic(
  expected: Buffer,
  part: { readonly headerBytes: Buffer; readonly body: () => Octets },
): Promise<MicFinding | undefined> {
  const hashes = HASHES.filter((row) => row.bytes === expected.length).map((row) => row.name)
  for (const [name, transform] of Object.entries(VARIANTS)) {
    for (const hasHeaders of HEADERS_FIRST) {
      const digests = new RunningDigests(hashes)
      const whole = hasHeaders ? preceded(part.headerBytes, part.body()) : part.body()
      for await (const piece of transform(whole)) digests.update(piece)
      for (const [hash, digest] of digests.get()) {
        if (digest.equals(expected)) {
          const variant = name as MicVariant
          return { variant, hasHeaders, hash, remedy: REMEDIES[variant] }
        }
      }
    }
  }
  return undefined
}

async function* preceded(head: Buffer, octets: Octets): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  for await (const piece of octets) yield piece
}

/** Changes line ends; a CR at the end of a piece waits for the LF that may follow. */
async function* lineEnds(octets: Octets, change: (text: string) => string): AsyncGenerator<Buffer> {
  let held = ''
  for await (const piece of octets) {
    const text = held + piece.toString('latin1')
    held = text.endsWith('\r') ? '\r' : ''
    yield Buffer.from(change(held === '' ? text : text.slice(0, -1)), 'latin1')
  }
  if (held !== '') yield Buffer.from(held, 'latin1')
}

async function* withoutLastLineEnd(octets: Octets): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  for await (const piece of octets) {
    const bytes = Buffer.concat([held, piece])
    const safe = Math.max(0, bytes.length - 2)
    yield bytes.subarray(0, safe)
    held = bytes.subarray(safe)
  }
  yield Buffer.from(held.toString('latin1').replace(/\r?\n$/, ''), 'latin1')
}
