import type { ReturnDocument } from '../delivery/return-documents.ts'
import type { DeliveryDocument } from '../flow.ts'
import type { Language } from './command-context.ts'
import type { Column } from './list-output.ts'

const shortTime = (time: string): string => `${time.slice(0, 19).replace('T', ' ')}Z`

/** One line a return flow. */
export const RETURN_COLUMNS: readonly Column<ReturnDocument>[] = [
  { title: { en: 'issued', fr: 'émis' }, text: ({ createdAt }) => shortTime(createdAt) },
  { title: { en: 'return flow', fr: 'flux retour' }, text: ({ name }) => name },
  {
    title: { en: 'partner', fr: 'partenaire' },
    text: ({ applicationCode, connectionId }) => applicationCode ?? connectionId,
  },
  {
    title: { en: 'state', fr: 'état' },
    text: ({ stateLabel }, language) => stateLabel[language],
  },
  { title: { en: 'attempts', fr: 'essais' }, text: ({ attempts }) => String(attempts) },
  {
    title: { en: 'next', fr: 'prochain' },
    text: ({ nextAttemptAt, waits }) =>
      waits === null ? (nextAttemptAt === null ? '–' : shortTime(nextAttemptAt)) : waits.reason,
  },
]

/** Everything a person asks about one return flow. */
export function describeReturn(found: ReturnDocument, language: Language): string {
  const { waits, nextAttemptAt } = found
  return [
    `${found.name}   ${found.stateLabel[language]} (${found.state})   ${found.interfaceCode} · ${found.kind}`,
    `${found.id}   ${found.applicationCode ?? found.connectionId}   ${found.size} bytes   SHA-256 ${found.sha256}`,
    ...(found.flowId === null ? [] : [`on ${found.flowId}`]),
    `issued ${found.createdAt}, available until ${found.availableUntil}`,
    ...(found.contentRemovedAt === null
      ? []
      : [`its content was past its time, and removed at ${found.contentRemovedAt}`]),
    ...(nextAttemptAt === null ? [] : [`next attempt ${nextAttemptAt}`]),
    ...(waits === null ? [] : [`waits until ${waits.until}: ${waits.reason}`]),
    ...(found.deliveries.length === 0 ? [] : ['']),
    ...found.deliveries.flatMap((delivery) => attemptLines(delivery, language)),
    ...(found.moves.length === 0 ? [] : ['', `may be: ${found.moves.join(', ')}`]),
  ].join('\n')
}

const MARKS: Readonly<Record<string, string>> = { delivered: '✓', failed: '✗' }

/** An attempt, with its proof or why it failed. */
export function attemptLines(delivery: DeliveryDocument, language: Language): readonly string[] {
  const { attempt, at, outcome, proof, failure } = delivery
  const facts = Object.entries({ ...proof?.evidence, ...failure?.evidence })
  return [
    `  ${MARKS[outcome] ?? '·'} attempt ${attempt}  ${at}  ${outcome}${proof === null ? '' : ` (${proof.kind})`}${failure === null ? '' : `  ${failure.code}: ${failure.message[language]}`}`,
    ...facts.map(([name, value]) => `      ${name}: ${value}`),
  ]
}
