import { FORM_FAULTS } from '../../gateway/connections/form-faults.ts'
import { ERRORS, type ErrorCode, type ErrorRow } from '../../gateway/errors.ts'
import type { BilingualText, RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import { MOTIVES, type MotiveRow } from '../../processing/motives.ts'
import {
  diagnostic,
  DIAGNOSTICS,
  isNegative,
  type DiagnosticName,
} from '../../protocols/pesit/diagnostics.ts'
import {
  codesBehind,
  diagnosticsOfError,
  diagnosticsOfRefusal,
  sendingVerdict,
  type SendingVerdict,
} from '../../protocols/pesit/errors.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/errors.md: every code a partner, a tester or an operator may meet, out of their tables. */
export function errorsPage(): string {
  const parts = [
    '# Errors and refusals',
    GENERATED_MARK,
    'Four things that are never mixed: an error of the gateway, a refusal at the door (no flow exists), a refusal of a flow or an invoice (the integration report says it), and a refusal of a connection form.',
    '## Errors of the gateway',
    'Thrown when something is broken; the log has the whole story. _Retry_: the same work may succeed later without anybody changing anything. _PeSIT_: the diagnostic (PI 2) of a partner who meets it, when connecting and with a file.',
    table(
      ['code', 'meaning', 'what to do', 'retry', 'PeSIT'],
      Object.entries<ErrorRow>(ERRORS).map(([code, row]) => [
        `\`${code}\``,
        both(row.meaning),
        both(row.remedy),
        row.isRetryable ? 'yes' : 'no',
        diagnosticsOfError(code as ErrorCode).join(' '),
      ]),
    ),
    '## Refused at the door',
    'What a partner is told when no flow is made of what it sent. The operator sees more: what was offered, what was wanted, and which connection was nearest. _AS2_: what the receipt says, or the HTTP status when there is none. _PeSIT_: the diagnostic (PI 2), by the moment of the session.',
    table(
      ['code', 'message', 'what to do', 'AS2', 'PeSIT'],
      Object.entries(REFUSALS).map(([code, row]) => [
        `\`${code}\``,
        both(row.message),
        both(row.remedy),
        `\`${row.as2}\``,
        diagnosticsOfRefusal(code as RefusalCode).join(' ') || '–',
      ]),
    ),
    '## Diagnostics of PeSIT',
    'PI 2 of a partner’s answer or of ours (annex D of the specification). _We say it for_: the codes above that it stands for. _Return flows_: what the gateway makes of it when a partner answers so.',
    table(
      ['diagnostic', 'cause', 'what to do', 'we say it for', 'return flows'],
      (Object.keys(DIAGNOSTICS) as DiagnosticName[]).map((name) => {
        const { refusals, errors } = codesBehind(name)
        const { cause, remedy } = DIAGNOSTICS[name]
        const codes = [...refusals, ...shortened(errors)]
        return [
          `\`${name}\``,
          both(cause),
          both(remedy),
          codes.map((code) => `\`${code}\``).join(' ') || '–',
          isNegative(diagnostic(name)) ? VERDICTS[sendingVerdict(diagnostic(name))] : '–',
        ]
      }),
    ),
    '## Refused flows and invoices',
    'Codes of the integration report. _PPF_: the code of the neighbouring public platform for the same control. _Mark_: how sure we are that the real gateway does the same.',
    table(
      ['code', 'nature', 'PPF', 'message', 'what to do', 'mark'],
      Object.entries<MotiveRow>(MOTIVES).map(([code, row]) => [
        `\`${code}\``,
        `\`${row.nature}\``,
        row.ppfCode === null ? '' : `\`${row.ppfCode}\``,
        both(row.message),
        both(row.remedy),
        row.fidelity,
      ]),
    ),
    '## Refused connections and certificates',
    'Why a certificate file is not taken, or a form cannot be sent. What is checked of a certificate: docs/certificate-checks.md.',
    table(
      ['code', 'message', 'what to do'],
      Object.entries(FORM_FAULTS).map(([code, row]) => [
        `\`${code}\``,
        both(row.message),
        both(row.remedy),
      ]),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

const VERDICTS: Readonly<Record<SendingVerdict, string>> = {
  retry: 'tried again later',
  'restart-from-start': 'sent again from its start',
  'already-there': 'the partner has it; a first attempt fails and is tried again',
  'give-up': 'given up: an operator decides',
}
/** What nothing else is said of is told as one. */
const MANY = 8

const shortened = (codes: readonly string[]): readonly string[] =>
  codes.length > MANY ? ['every other error'] : codes

const both = (text: BilingualText): string => `${escape(text.en)}<br>_${escape(text.fr)}_`

/** Angle brackets of file name patterns are no HTML. */
const escape = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
