import { z } from 'zod'
import type { ConnectionCriteria, ConnectionSummary } from '../connections/connection-forms.ts'
import type { ConnectionForms } from '../connections/connection-forms.ts'
import { CONNECTION_STATES, type ConnectionState } from '../connections/connection-states.ts'
import { csvTable, type CsvTable } from './csv.ts'
import { momentSchema, protocolSchema } from './connection-schemas.ts'
import { given } from './given.ts'
import { siretSchema } from './list-query.ts'

/** Every criterion of the portal's search (reference chorus-pro-edi §7.4); all must hold. */
export const searchQuery = {
  siret: siretSchema.optional(),
  partner: z.string().max(100).optional().meta({ description: 'Part of the name, any case.' }),
  applicationCode: z.string().max(20).optional(),
  protocol: protocolSchema.optional(),
  state: z
    .string()
    .max(60)
    .transform(statesNamed)
    .refine((states) => states.length > 0, {
      message: `no such state; known are ${Object.keys(CONNECTION_STATES).join(', ')} and their labels`,
    })
    .optional()
    .meta({ description: 'Code or label, in English or French.' }),
  code: z.string().max(20).optional().meta({ description: 'An interface code subscribed to.' }),
  certificateExpiresBefore: momentSchema.optional(),
}

type SearchQuery = {
  readonly [Name in keyof typeof searchQuery]?: z.output<(typeof searchQuery)[Name]>
}

/** What the query asks of the search, within the structures that may be seen. */
export function searchCriteria(
  query: SearchQuery,
  sirets: readonly string[] | undefined,
): Omit<ConnectionCriteria, 'limit'> {
  const { siret, partner, applicationCode, protocol, state, code } = query
  const { certificateExpiresBefore } = query
  return given({
    sirets,
    siret,
    partner,
    applicationCode,
    protocol,
    states: state,
    interfaceCode: code,
    certificateExpiresBefore,
  })
}

const PAGE_ITEMS = 500

/** All that match, page by page, so that their number does not matter. */
export async function* allConnections(
  forms: Pick<ConnectionForms, 'search'>,
  criteria: Omit<ConnectionCriteria, 'limit'>,
): AsyncGenerator<ConnectionSummary> {
  let next: string | null | undefined
  do {
    const page = await forms.search({
      ...criteria,
      ...(next === undefined || next === null ? {} : { before: next }),
      limit: PAGE_ITEMS,
    })
    yield* page.connections
    next = page.next
  } while (next !== null)
}

/** The list of connections as a table. */
export function connectionsCsv(language: 'en' | 'fr'): CsvTable<ConnectionSummary> {
  const day = (text: string | null): string => text?.slice(0, 10) ?? ''
  const codes = (line: ConnectionSummary, mode: string): string =>
    Object.keys(line.codes)
      .filter((code) => line.codes[code] === mode)
      .join(' ')
  return csvTable<ConnectionSummary>(
    [
      { title: { en: 'partner', fr: 'partenaire' }, value: (line) => line.name },
      {
        title: { en: 'application code', fr: 'code application' },
        value: (line) => line.applicationCode,
      },
      { title: { en: 'id', fr: 'identifiant' }, value: (line) => line.id },
      { title: { en: 'structure', fr: 'structure' }, value: (line) => line.siret ?? '' },
      { title: { en: 'protocol', fr: 'protocole' }, value: (line) => line.protocol },
      { title: { en: 'environment', fr: 'environnement' }, value: (line) => line.environment },
      {
        title: { en: 'state', fr: 'état' },
        value: (line) => CONNECTION_STATES[line.state].label[language],
      },
      { title: { en: 'complete', fr: 'complet' }, value: (line) => codes(line, 'COMPLETE') },
      { title: { en: 'partial', fr: 'partiel' }, value: (line) => codes(line, 'PARTIAL') },
      { title: { en: 'valid from', fr: 'valide du' }, value: (line) => day(line.validFrom) },
      { title: { en: 'valid until', fr: 'valide au' }, value: (line) => day(line.validUntil) },
      {
        title: { en: 'certificate until', fr: 'certificat jusqu’au' },
        value: (line) => day(line.certificateUntil),
      },
      { title: { en: 'changed', fr: 'modifié' }, value: (line) => line.updatedAt },
    ],
    language,
  )
}

/** States by code (`SENT_UPDATED`) or label in either language (`Envoyé`). */
function statesNamed(text: string): readonly ConnectionState[] {
  const wanted = text.toLowerCase()
  return (Object.keys(CONNECTION_STATES) as ConnectionState[]).filter((state) =>
    [state, CONNECTION_STATES[state].label.en, CONNECTION_STATES[state].label.fr].some(
      (name) => name.toLowerCase() === wanted,
    ),
  )
}
