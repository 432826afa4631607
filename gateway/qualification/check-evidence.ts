import { createHash } from 'node:crypto'
import type { BilingualText } from '../flow.ts'
import { isAsMade, recordIn, type SealedFormat } from './evidence-seal.ts'
import type { EvidenceDocument } from './evidence.ts'

/** One thing that was looked at in an evidence file. */
export interface EvidenceCheck {
  readonly what: BilingualText
  readonly isGood: boolean
}

/** The two ends of a check of a page or a JSON file. */
export interface CheckedText {
  readonly checks: readonly EvidenceCheck[]
  /** Undefined: it cannot be read. */
  readonly evidence: EvidenceDocument | undefined
}

/**
 * Looks whether an evidence page or JSON file is as it was made, to the last letter: its own digest,
 * and that of each message and attachment it carries.
 * @returns undefined when it is no evidence file
 */
export function checkEvidence(text: string): CheckedText | undefined {
  const format: SealedFormat = text.startsWith('{') ? 'json' : 'html'
  const isWhole = isAsMade(text, format)
  if (isWhole === undefined) return undefined
  const checks: EvidenceCheck[] = [
    {
      what: {
        en: `the file as it was made (${format})`,
        fr: `le fichier tel qu’il fut fait (${format})`,
      },
      isGood: isWhole,
    },
  ]
  const evidence = parsed(recordIn(text, format))
  for (const { messages, attachments } of evidence?.runs ?? []) {
    for (const { name, sha256, content } of [...messages, ...attachments]) {
      if (content === null) continue
      const bytes = Buffer.from(content, 'base64')
      const isGood = createHash('sha256').update(bytes).digest('hex') === sha256
      checks.push({ what: { en: name, fr: name }, isGood })
    }
  }
  return { checks, evidence }
}

function parsed(json: string | undefined): EvidenceDocument | undefined {
  try {
    const value = JSON.parse(json ?? '') as Partial<EvidenceDocument>
    return Array.isArray(value.runs) ? (value as EvidenceDocument) : undefined
  } catch {
    return undefined
  }
}
