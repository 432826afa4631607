import type { RunDocument } from './qualification.ts'

/** Runs as JUnit XML: a suite each, a case a step; what is not conclusive counts as skipped. */
export function junitOf(runs: readonly RunDocument[]): string {
  const suites = runs.map((run) => {
    const { steps, facts } = run
    const count = (state: string): number => steps.filter((step) => step.state === state).length
    const properties = [
      ['run', run.id],
      ['connection', run.connectionId],
      ['applicationCode', run.applicationCode],
      ['protocol', run.protocol],
      ['partner', facts.partner],
      ['playedBy', run.isSelf ? 'our own partner side' : 'the partner’s system'],
      ['startedBy', run.startedBy],
      ['clockOffsetMilliseconds', String(facts.clockOffsetMilliseconds)],
      ...Object.entries(facts.codes).map(([code, mode]) => ['code', `${code}=${mode}`]),
      ['result', run.state],
      ...(run.override === null
        ? []
        : [['override', `${run.override.verdict}: ${run.override.reason}`]]),
      ['raccord', facts.versions.raccord],
      ['node', facts.versions.node],
      ...facts.certificates.map(({ sha256 }) => ['certificate', sha256]),
      ...(facts.gatewayKeys ?? []).map(({ kind, fingerprint }) => [`gateway ${kind}`, fingerprint]),
      ...run.steps.flatMap(({ attachments }) =>
        attachments.map(({ name, sha256 }) => ['attachment', `${name} SHA-256 ${sha256}`]),
      ),
      ...run.scenario.references.map((reference) => ['reference', reference]),
    ].map(([name = '', value = '']) => `<property name="${xml(name)}" value="${xml(value)}"/>`)
    const skipped = steps.length - count('PASSED') - count('FAILED')
    return [
      `<testsuite name="${xml(run.scenario.id)}" tests="${steps.length}" failures="${count('FAILED')}" errors="0" skipped="${skipped}" timestamp="${run.startedAt}" time="${seconds(run.startedAt, run.endedAt)}">`,
      `<properties>${properties.join('')}</properties>`,
      ...steps.map((step) => {
        const name = `${step.ordinal} ${step.verb} ${step.kind}: ${step.expected.en}`
        const head = `<testcase classname="${xml(`${run.protocol}.${run.scenario.id}`)}" name="${xml(name)}" time="${seconds(step.startedAt, step.endedAt)}"`
        if (step.state === 'PASSED') return `${head}/>`
        const got = xml(step.got?.en ?? '')
        const body =
          step.state === 'FAILED'
            ? `<failure message="${xml(`expected ${step.expected.en}`)}">${got}</failure>`
            : `<skipped message="${got}"/>`
        return `${head}>${body}</testcase>`
      }),
      '</testsuite>',
    ].join('\n')
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`
}

function seconds(from: string | null, to: string | null): string {
  return from === null || to === null
    ? '0'
    : ((Date.parse(to) - Date.parse(from)) / 1_000).toFixed(3)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function xml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}
