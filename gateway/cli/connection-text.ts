import type { ConnectionDocument, ConnectionSummary } from '../connections/connection-forms.ts'
import { CONNECTION_STATES, type ConnectionEvent } from '../connections/connection-states.ts'
import type { ConnectionForm } from '../connections/form.ts'
import { dayInParis } from '../paris-days.ts'
import type { Language } from './command-context.ts'
import { formatTable } from './terminal.ts'

const HEADERS = {
  en: ['code', 'partner', 'protocol', 'status', 'codes', 'certificate until'],
  fr: ['code', 'partenaire', 'protocole', 'statut', 'codes', 'certificat jusqu’au'],
} as const

/** Lines of a search; the application code stands for the connection in every command. */
export function connectionsTable(lines: readonly ConnectionSummary[], language: Language): string {
  const rows = lines.map((line) => [
    line.applicationCode,
    line.name,
    line.protocol,
    CONNECTION_STATES[line.state].label[language],
    codesText(line.codes),
    day(line.certificateUntil),
  ])
  return formatTable(HEADERS[language], rows)
}

/** One connection: where it stands, what the form says, what to do next. */
export function describeConnection(document: ConnectionDocument, language: Language): string {
  const fr = language === 'fr'
  const { form, running, structure } = document
  const lines: (readonly [string, string | null])[] = [
    [fr ? 'structure' : 'structure', structure && `${structure.siret}  ${structure.name}`],
    [fr ? 'protocole' : 'protocol', `${document.protocol}, ${document.environment}`],
    ...formLines(running ?? form, fr),
    ...document.certificates.map(
      ({ part, subject, notAfter, sha256, startsAt, isRunning }) =>
        [
          fr ? 'certificat' : 'certificate',
          `${part}  ${subject.replaceAll('\n', ', ')}  → ${day(notAfter)}  ${sha256.slice(0, 16)}…${isRunning ? '' : fr ? '  (pas en vigueur)' : '  (not in force)'}${startsAt === null ? '' : `  ${fr ? 'à partir du' : 'from'} ${dayInParis(Date.parse(startsAt))}`}`,
        ] as const,
    ),
    [
      fr ? 'bloqué' : 'blocked',
      document.blocked &&
        `${document.blocked.reason} (${document.blocked.by}, ${day(document.blocked.at)})`,
    ],
    [fr ? 'traitement dû' : 'processing due', document.dueAt],
    [fr ? 'motif' : 'motive', document.motive?.[language] ?? null],
    [fr ? 'actions' : 'moves', movesText(document.moves, language) || null],
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  return [
    `${document.id}  ${document.applicationCode}  ${document.stateLabel[language]}  ${document.name}`,
    ...lines.flatMap(([name, value]) =>
      value === null ? [] : [`  ${name.padEnd(width)}  ${value}`],
    ),
    ...(running !== null && JSON.stringify(running) !== JSON.stringify(form)
      ? [
          fr
            ? '  Un changement est en préparation (formulaire : --json).'
            : '  A change is being prepared (its form: --json).',
        ]
      : []),
    ...document.notices.map(({ text }) => `  ! ${text[language]}`),
  ].join('\n')
}

function formLines(
  form: ConnectionForm,
  fr: boolean,
): readonly (readonly [string, string | null])[] {
  const { contact, network, codes, validFrom, validUntil } = form
  const person = [contact?.firstName, contact?.name, contact?.email, contact?.telephone]
  const addresses = network?.ipAddresses ?? []
  return [
    ['codes', codesText(codes ?? {}) || null],
    [
      fr ? 'validité' : 'validity',
      validFrom === undefined && validUntil === undefined
        ? null
        : `${validFrom ?? '…'} – ${validUntil ?? '…'}`,
    ],
    ['contact', person.filter((part) => part !== undefined).join(', ') || null],
    [fr ? 'adresses' : 'addresses', addresses.join(', ') || null],
    [
      'AS2',
      network?.as2 === undefined ? null : `${network.as2.as2Id ?? '?'} ${network.as2.url ?? ''}`,
    ],
    [
      'PeSIT',
      network?.pesit === undefined
        ? null
        : `${network.pesit.requesterId ?? '?'} ${network.pesit.host ?? ''}:${network.pesit.port ?? ''}`,
    ],
  ]
}

const MOVES_FR: Readonly<Record<ConnectionEvent, string>> = {
  edit: 'remplir',
  submit: 'soumettre',
  refuse: 'refuser',
  activate: 'activer',
  change: 'modifier',
  deactivate: 'désactiver',
}

function movesText(moves: ConnectionDocument['moves'], language: Language): string {
  return moves.map((move) => (language === 'fr' ? MOVES_FR[move] : move)).join(', ')
}

function codesText(codes: Readonly<Record<string, string>>): string {
  return Object.entries(codes)
    .filter(([, mode]) => mode !== 'NONE')
    .map(([code, mode]) => `${code}=${mode.toLowerCase()}`)
    .join(' ')
}

const day = (iso: string | null): string => (iso === null ? '—' : iso.slice(0, 10))
