import type { BilingualText } from '../../../gateway/flow.ts'

/** How reading a document ended. */
export interface XmlOutcome {
  /** Why it ended early; undefined = well-formed, or stopped by the listener. */
  readonly fault?: XmlFault
  readonly encoding: XmlEncoding
}

export type XmlEncoding = 'UTF-8' | 'UTF-16' | 'ISO-8859-1' | 'ISO-8859-15' | 'unknown'

export interface XmlFault {
  /** Id of ours: `XML-DOCTYPE`. */
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy?: BilingualText
  readonly line?: number
  readonly column?: number
}
