import { createHash } from 'node:crypto'
import type { Insertable } from 'kysely'
import { INTERFACE_CODES } from '../../config/interface-codes.ts'
import { foldText } from '../../gateway/connections/folded-text.ts'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import type { ConnectionId, ProcessingMode, ProtocolName } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type {
  ConnectionCertificatesTable,
  ConnectionCodesTable,
  ConnectionsTable,
} from '../../gateway/journal/connection-tables.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { endOfDayInParis, startOfDayInParis } from '../../gateway/paris-days.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'

/** A connection of the population: what a question about it needs to know. */
export interface Member {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly siret: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly spkiSha256: string
}

/** One structure operates for many others. */
export const OPERATOR_SIRET = '00000000000727'
/** Held by nearly all, and by these few whatever the number of connections. */
export const COMMON_CODE = 'FSO1110A'
export const RARE_CODE = 'FSO1100A'
const RARE_CODE_HOLDERS = 30
const OPERATOR_CONNECTIONS = 2_000
const CONNECTIONS_PER_STRUCTURE = 3
/** With certificate and codes below the rows of one message. */
const CONNECTIONS_PER_MESSAGE = 250
const FIRST_DAY = '2026-01-01'
const LAST_DAY = '2029-12-31'
const START = startOfDayInParis(FIRST_DAY)
const END = endOfDayInParis(LAST_DAY)
const DAY_MILLISECONDS = 86_400_000
/** As long as a chain of leaf and intermediate is. */
const CHAIN = `-----BEGIN CERTIFICATE-----\n${`${'M'.repeat(64)}\n`.repeat(55)}-----END CERTIFICATE-----\n`

const KINDS = ['Société', 'Établissements', 'Compagnie', 'Groupe', 'Ateliers', 'Régie', 'Syndicat']
const WORDS = ['Élysée', 'Garonne', 'Œuvres', 'Forêt', 'Lumière', 'Béton', 'Énergie', 'Maçonnerie']
const PLACES = ['Saint-Étienne', 'Nîmes', 'Orléans', 'Châteauroux', 'Béziers', 'Évreux', 'Mâcon']
const OTHER_CODES = INTERFACE_CODES.filter(({ direction }) => direction === 'in')
  .map(({ code }) => code)
  .filter((code) => code !== COMMON_CODE && code !== RARE_CODE)

interface Rows {
  readonly member: Member
  readonly connection: Insertable<ConnectionsTable>
  readonly certificate: Insertable<ConnectionCertificatesTable>
  readonly codes: readonly Insertable<ConnectionCodesTable>[]
}

/** Fills an empty journal with `count` connections, each with a key of its own. */
export async function populate(journal: Journal, count: number): Promise<readonly Member[]> {
  const random = seededRandom(1)
  const { db } = journal
  const members: Member[] = []
  while (members.length < count) {
    const size = Math.min(CONNECTIONS_PER_MESSAGE, count - members.length)
    const rows = Array.from({ length: size }, (_, index) =>
      rowsOf(members.length + index, count, random),
    )
    const result = await journal.write([
      { query: db.insertInto('connections').values(rows.map((row) => row.connection)) },
      {
        query: db.insertInto('connection_certificates').values(rows.map((row) => row.certificate)),
      },
      { query: db.insertInto('connection_codes').values(rows.flatMap((row) => row.codes)) },
    ])
    if (!result.committed) throw new Error('The population could not be written')
    members.push(...rows.map((row) => row.member))
  }
  const counter = db.updateTable('counters').set({ value: count }).where('name', '=', 'connections')
  await journal.write([{ query: counter, expectRows: 1 }])
  return members
}

function rowsOf(number: number, count: number, random: () => number): Rows {
  const pick = (values: readonly string[]): string => values[Math.floor(random() * values.length)]!
  const mode = (): ProcessingMode => (random() < 0.5 ? 'COMPLETE' : 'PARTIAL')
  const isOperated = number % Math.max(2, Math.floor(count / OPERATOR_CONNECTIONS)) === 0
  const member: Member = {
    id: newId('cnx'),
    applicationCode: `B${number.toString(36).toUpperCase().padStart(5, '0')}`,
    siret: isOperated ? OPERATOR_SIRET : siretOf(Math.floor(number / CONNECTIONS_PER_STRUCTURE)),
    name: `${pick(KINDS)} ${pick(WORDS)} ${pick(PLACES)} ${number % 997}`,
    protocol: random() < 0.6 ? 'sftp' : random() < 0.6 ? 'as2' : 'pesit',
    spkiSha256: hash(`key ${number}`),
  }
  const codes: Record<string, ProcessingMode> = { [pick(OTHER_CODES)]: mode() }
  if (random() < 0.9) codes[COMMON_CODE] = mode()
  if (number % Math.ceil(count / RARE_CODE_HOLDERS) === 0) codes[RARE_CODE] = mode()
  const sha256 = hash(`certificate ${number}`)
  const form = JSON.stringify({
    validFrom: FIRST_DAY,
    validUntil: LAST_DAY,
    certificates: [{ part: 'client', sha256 }],
    contact: { name: 'Martin', email: `edi.${number}@example.org`, telephone: '+33199000000' },
    ...(number % 4 === 0 ? { network: { ipAddresses: ['192.0.2.0/24', '2001:db8::/48'] } } : {}),
    codes,
    confirmations: { documentationRead: true, technicalSkill: true, qualificationFirst: true },
  } satisfies ConnectionForm)
  const state = stateOf(random())
  const connection: Insertable<ConnectionsTable> = {
    id: member.id,
    application_code: member.applicationCode,
    siret: member.siret,
    name: member.name,
    name_folded: foldText(member.name),
    protocol: member.protocol,
    environment: 'qualification',
    state,
    form_json: form,
    running_json: state === 'DRAFT' || state === 'SENT' ? null : form,
    settings_json: '{}',
    valid_from: START,
    valid_until: END,
    certificate_until: START + Math.floor(random() * 1_000) * DAY_MILLISECONDS,
    due_at: null,
    motive_json: null,
    revision: number + 1,
    created_at: START,
    updated_at: START,
  }
  const certificate: Insertable<ConnectionCertificatesTable> = {
    connection_id: member.id,
    sha256,
    spki_sha256: member.spkiSha256,
    subject: `CN=${member.name}`,
    issuer: 'CN=Bench',
    serial: String(number),
    not_before: START,
    not_after: END,
    chain_pem: CHAIN,
    added_at: START,
  }
  const codeRows = Object.entries(codes).map(([interface_code, mode]) => ({
    connection_id: member.id,
    interface_code,
    mode,
  }))
  return { member, connection, certificate, codes: codeRows }
}

/** Of the structure with this number; fictional. */
export function siretOf(structure: number): string {
  return String(900_000 + structure).padStart(14, '0')
}

function stateOf(at: number): ConnectionsTable['state'] {
  if (at < 0.1) return 'DRAFT'
  if (at < 0.101) return 'SENT'
  if (at < 0.11) return 'SENT_UPDATED'
  return at < 0.82 ? 'ACTIVATED' : 'DEACTIVATED'
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
