import { SendingError } from '../sending.ts'
import type { SendingFailure } from '../sending.ts'
import { diagnosticRow, diagnosticText } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { FpduName } from './fpdu-types.ts'
import type { ParameterValues } from './parameter-table.ts'

/** A dialogue that did not go well, as the requester saw it: what the server said, or why it ended. */
export class PesitRefusal extends SendingError {
  /** PI 2 as it came, or as we sent it; undefined when the line just broke. */
  readonly diagnostic: Diagnostic | undefined
  /** PI 99 or PI 29 of the server. */
  readonly text: string | undefined
  /** What carried the diagnostic. */
  readonly fpdu: FpduName | undefined

  constructor(
    failure: SendingFailure,
    message: string,
    said: {
      readonly diagnostic?: Diagnostic | undefined
      readonly text?: string | undefined
      readonly fpdu?: FpduName | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(failure, message, { cause: said.cause })
    this.diagnostic = said.diagnostic
    this.text = said.text
    this.fpdu = said.fpdu
  }
}

/** The refusal that an answer with a negative diagnostic is. */
export function refusalOf(fpdu: FpduName, values: ParameterValues): PesitRefusal {
  const { diagnostic } = values
  const text = values.freeText ?? values.diagnosticComplement
  const code = diagnostic === undefined ? 'without a diagnostic' : diagnosticText(diagnostic)
  const cause = diagnostic && diagnosticRow(diagnostic)?.cause.en
  const words = [`${fpdu} ${code}`, cause, text && `"${text}"`].filter(Boolean).join(' ')
  return new PesitRefusal('refused', words, { diagnostic, text, fpdu })
}
