import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { BilingualText } from '../flow.ts'
import { isAsMade, recordIn, type SealedFormat } from './evidence-seal.ts'

/** One thing that was looked at in an evidence file. */
export interface EvidenceCheck {
  readonly what: BilingualText
  readonly isGood: boolean
}

/** What an evidence file says that can be checked; whatever else it holds is under its seal. */
const recordSchema = z.object({
  madeAt: z.string(),
  runs: z.array(
    z.object({
      run: z.object({ id: z.string(), scenario: z.object({ id: z.string() }) }),
      messages: z.array(contentSchema()),
      attachments: z.array(contentSchema()),
    }),
  ),
})
export type EvidenceRecord = z.output<typeof recordSchema>

/** The two ends of a check of a page or a JSON file. */
export interface CheckedText {
  readonly checks: readonly EvidenceCheck[]
  /** Undefined: it cannot be read. */
  readonly record: EvidenceRecord | undefined
  /** The whole record without its seal, as JSON: the page and the data of one archive share it. */
  readonly words: string
}

/**
 * Looks whether an evidence page or JSON file is as it was made, to the last byte: its own digest,
 * and that of each message and attachment it carries.
 * @returns undefined when it is no evidence file
 */
export function checkEvidence(file: Uint8Array): CheckedText | undefined {
  const text = Buffer.from(file).toString('utf8')
  const format: SealedFormat = text.startsWith('{') ? 'json' : 'html'
  const isWhole = isAsMade(text, format)
  if (isWhole === undefined) return undefined
  const value = parsed(recordIn(text, format) ?? '')
  const record = recordSchema.safeParse(value).data
  // Bytes that are no text read as the replacement character, which may have been there.
  const isText = Buffer.from(text).equals(file)
  const checks: EvidenceCheck[] = [
    {
      what: {
        en: `the file as it was made (${format})`,
        fr: `le fichier tel qu’il fut fait (${format})`,
      },
      isGood: isWhole && isText && record !== undefined,
    },
  ]
  for (const { messages, attachments } of record?.runs ?? []) {
    for (const { name, sha256, content } of [...messages, ...attachments]) {
      if (content === null) continue
      const bytes = Buffer.from(content, 'base64')
      const isGood = createHash('sha256').update(bytes).digest('hex') === sha256
      checks.push({ what: { en: name, fr: name }, isGood })
    }
  }
  return { checks, record, words: JSON.stringify(value, withoutSeal) }
}

function contentSchema() {
  return z.object({
    id: z.string(),
    name: z.string(),
    sha256: z.string(),
    content: z.string().nullable(),
  })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

const withoutSeal = (name: string, value: unknown): unknown => (name === 'seal' ? '' : value)
