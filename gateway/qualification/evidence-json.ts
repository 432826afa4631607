import { sealed } from './evidence-seal.ts'
import type { EvidenceDocument } from './evidence.ts'

/** The evidence as one line of JSON with its seal in it. */
export function evidenceJson({ format, seal, ...rest }: EvidenceDocument): string {
  return sealed(JSON.stringify({ format, seal, ...rest }), 'json')
}
