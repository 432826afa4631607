import { createHash } from 'node:crypto'
import { EVIDENCE_STYLE } from './evidence-style.ts'

/** How a policy names what stands in the page itself. */
export const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** What a page of evidence may do wherever it is opened: show itself. */
export const PAGE_POLICY = `default-src 'none'; style-src ${hashOf(EVIDENCE_STYLE)}; img-src data:; base-uri 'none'; form-action 'none'`
