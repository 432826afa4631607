/** One thing wrong with the configuration. */
export interface ConfigFault {
  /** The setting, or the name that is none: `sftp.port`, `RACCORD_SFTP__PROT`. */
  readonly subject: string
  /** Where it was said: `RACCORD_SFTP__PORT`, `gateway.yaml, line 12`, `command line`. */
  readonly origin: string
  /** What was given and what is wanted. */
  readonly problem: string
  readonly remedy: string
  /** The name itself is that of no setting. */
  readonly isUnknown?: true
}

/** One line: where, what was given, what is wanted, what to do. */
export function faultLine(fault: ConfigFault): string {
  const origin = fault.origin === fault.subject ? '' : ` (${fault.origin})`
  return `${fault.subject}${origin}: ${fault.problem}. ${fault.remedy}`
}

/** Values of settings by path, with where each was said. A later layer wins. */
export type Layer = ReadonlyMap<string, { readonly value: unknown; readonly origin: string }>

export interface LayerReading {
  readonly values: Layer
  readonly faults: readonly ConfigFault[]
}
