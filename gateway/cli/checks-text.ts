import type { CertificateCheck } from '../../certs/certificate-checks.ts'
import type { Language } from './command-context.ts'

const SIGNS: Readonly<Record<CertificateCheck['outcome'], string>> = {
  pass: '✓',
  warning: '!',
  fail: '✗',
  'not-checked': '·',
}

/** The lines of "Certificate(s) checking", without those that looked at nothing. */
export function checksText(checks: readonly CertificateCheck[], language: Language): string {
  const colon = language === 'fr' ? ' :' : ':'
  const looked = checks.filter((line) => !line.codes.includes('NOT_LOOKED_AT'))
  const lines = looked.flatMap((line) => [
    `  ${SIGNS[line.outcome]} ${line.label[language]}${colon} ${line.reason[language]}`,
    ...(line.remedy === undefined ? [] : [`    → ${line.remedy[language]}`]),
  ])
  return `${lines.join('\n')}\n`
}
