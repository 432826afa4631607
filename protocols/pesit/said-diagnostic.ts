import { diagnostic, readDiagnostic } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'

/** The diagnostic that a fault on demand names; 3/399 for what is none. */
export function saidBy(value: string | undefined): Diagnostic {
  return readDiagnostic(value ?? '') ?? diagnostic('3/399')
}
