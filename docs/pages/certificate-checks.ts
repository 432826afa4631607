import { WEBSITE_LEVELS } from '../../certs/assurance-levels.ts'
import { CERTIFICATE_CHECKS } from '../../certs/certificate-checks.ts'
import {
  CERTIFICATE_FINDINGS,
  CHECK_LABELS,
  type FindingRow,
} from '../../certs/certificate-findings.ts'
import { REQUIREMENTS } from '../../certs/requirements.ts'
import type { BilingualText } from '../../gateway/flow.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/certificate-checks.md: everything that can be said of a partner's file, out of its tables. */
export function certificateChecksPage(): string {
  const rows: readonly (readonly [string, FindingRow])[] = Object.entries(CERTIFICATE_FINDINGS)
  const parts = [
    '# Certificate checking',
    GENERATED_MARK,
    INTRODUCTION,
    '## What each protocol asks for',
    table(
      ['protocol', 'part', 'extended key usage', 'key usage', 'keys'],
      Object.entries(REQUIREMENTS).flatMap(([protocol, requirements]) =>
        requirements.map((row) => [
          protocol,
          row.part,
          [row.extendedKeyUsage.name, row.advisedUsage && `${row.advisedUsage.name} (advised)`]
            .filter((name) => name !== undefined)
            .join(', '),
          [...row.keyUsage, ...row.rsaKeyUsage.map((usage) => `${usage} (RSA)`)].join(', '),
          KEYS[row.ec],
        ]),
      ),
    ),
    KEY_RULES,
    ...CERTIFICATE_CHECKS.flatMap((check) => [
      `## ${CHECK_LABELS[check].en} (_${CHECK_LABELS[check].fr}_)`,
      table(
        ['code', 'outcome', 'reason', 'what to do'],
        rows
          .filter(([, row]) => row.check === check)
          .map(([code, row]) => [
            `\`${code}\``,
            row.outcome,
            both(row.reason),
            row.remedy === undefined ? '' : both(row.remedy),
          ]),
      ),
      ...(check === 'level' ? [LEVELS] : []),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

const KEYS = {
  accepted: 'RSA, EC',
  'no-key-transport': 'RSA; EC with a warning: no RSA key transport',
  'not-as-the-real-one':
    'RSA; EC and Ed25519 with a warning in qualification, refused in production',
} as const

const INTRODUCTION = `The lines of "Certificate(s) checking", in their order: in the form, by \`raccord certs check\`, by the
API. A line may be made of several of these rows, the worst first; nothing fails but what says so.
Which certificates, and what to trust: [certificates.md](certificates.md).`

const KEY_RULES = `RSA has 2048 bits at least, 3072 advised; EC is P-256 or stronger. Usages, key types and sizes are
[simulated]: nothing public names them. Signatures use SHA-256 or better.`

const LEVELS = `Policies that are known everywhere:

${table(
  ['policy', 'level', 'source'],
  WEBSITE_LEVELS.map((level) => [`\`${level.oid}\``, level.label.en, level.source]),
)}`

const both = (text: BilingualText): string => `${escape(text.en)}<br>_${escape(text.fr)}_`

const escape = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
