import { createHash } from 'node:crypto'
import type { BilingualText } from '../flow.ts'
import type { RunDocument } from './qualification.ts'

/** What proves a run: the run, and what went over the wire in it. */
export interface EvidenceDocument {
  readonly format: 'raccord-evidence-1'
  readonly madeAt: string
  readonly run: RunDocument
  readonly messages: readonly EvidenceMessage[]
  readonly sessions: readonly EvidenceSession[]
  readonly faults: readonly {
    readonly id: string
    readonly name: string
    readonly values: Readonly<Record<string, string | number>>
    readonly hits: number
  }[]
}

/** A flow or a return flow of the run. */
export interface EvidenceMessage {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly at: string
  readonly bytes: number
  readonly sha256: string
  /** Base64; null where it is too long to be carried along. */
  readonly content: string | null
}

export interface EvidenceSession {
  readonly id: string
  readonly peer: string
  readonly startedAt: string
  readonly endedAt: string | null
  readonly outcome: string | null
  readonly transcriptSha256: string | null
  /** Its beginning; null: not kept, or not yet. */
  readonly transcript: string | null
}

const opening = (digest: string): string =>
  `<script type="application/json" id="evidence" data-sha256="${digest}">`

/** Before the record in an evidence file that has no seal yet. */
export const UNSEALED = opening('')
const SEALED = new RegExp(opening('([0-9a-f]{64})'))

/** Writes the digest of the whole file, what is read as well as the record, into it. */
export function sealEvidence(html: string): string {
  return html.replace(UNSEALED, () => opening(digestOf(html)))
}

/** 64 hexadecimal characters. */
function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** One thing that was looked at in an evidence file. */
export interface EvidenceCheck {
  readonly what: BilingualText
  readonly isGood: boolean
}

/**
 * Looks whether an evidence file is as it was made, to the last letter of the page: its own digest,
 * and that of each message it carries. @returns undefined when it is no evidence file
 */
export function checkEvidence(html: string): readonly EvidenceCheck[] | undefined {
  const seal = SEALED.exec(html)
  if (seal === null) return undefined
  const start = seal.index + seal[0].length
  const json = html.slice(start, html.indexOf('</script>', start))
  const isWhole = digestOf(html.slice(0, seal.index) + UNSEALED + html.slice(start)) === seal[1]
  const checks: EvidenceCheck[] = [
    {
      what: { en: 'the file as it was made', fr: 'le fichier tel qu’il fut fait' },
      isGood: isWhole,
    },
  ]
  let document: EvidenceDocument
  try {
    document = JSON.parse(json) as EvidenceDocument
  } catch {
    return checks
  }
  for (const { name, sha256, content } of document.messages) {
    if (content === null) continue
    const isGood = digestOf(Buffer.from(content, 'base64')) === sha256
    checks.push({ what: { en: name, fr: name }, isGood })
  }
  return checks
}
