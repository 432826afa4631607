import type { SessionTask } from '../../protocols/listener.ts'
import type { ConnectionId, ProtocolName, SessionId } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'

/** A session as the API and live streams show it; times are ISO 8601. */
export interface SessionDocument {
  readonly id: SessionId
  readonly protocol: ProtocolName
  readonly peer: string
  readonly connectionId: ConnectionId | null
  readonly applicationCode: string | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly outcome: string | null
  /** Inside TLS, by the last second; null: nobody counts them. */
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  /** Files that it carries now. */
  readonly doing: readonly SessionTask[]
  /** Facts learnt on the way: client, algorithms, fingerprint. */
  readonly fields: Readonly<Record<string, string>>
  /** Who asked to cut it. */
  readonly cut: SessionCut | null
}

/** Who asked to cut a session, and why. */
export interface SessionCut {
  readonly by: string
  readonly at: string
  readonly reason: string
}

/** Which sessions; every criterion given must hold. */
export interface SessionCriteria {
  /** Id, or a start of it. */
  readonly id?: string | undefined
  readonly isOpen?: boolean | undefined
  readonly connectionId?: ConnectionId | undefined
  readonly protocol?: ProtocolName | undefined
  /** Ended at this time or later, or not yet; business time, milliseconds UTC. */
  readonly endedSince?: number | undefined
  /** Structures whose sessions there are to see; undefined = all, also of nobody that is known. */
  readonly sirets?: readonly string[] | undefined
  readonly limit: number
}

type Row = Awaited<ReturnType<typeof readRows>>[number]

/** Sessions, the newest first. */
export async function readSessions(
  journal: Journal,
  criteria: SessionCriteria,
): Promise<SessionDocument[]> {
  return (await readRows(journal, criteria)).map(documentOf)
}

/** The structure of a session; undefined: there is none, or several begin so. */
export async function siretOfSession(
  journal: Journal,
  id: string,
  sirets: readonly string[] | undefined,
): Promise<string | null | undefined> {
  const rows = await readRows(journal, { id, sirets, limit: 2 })
  return rows.length === 1 ? rows[0]!.siret : undefined
}

/** Asks whoever has it to cut it; guarded: it is open. */
export function cutStatement(
  { db }: Pick<Journal, 'db'>,
  id: SessionId,
  cut: SessionCut,
): WriteStatement {
  return {
    query: db
      .updateTable('sessions')
      .set({ cut_json: JSON.stringify(cut) })
      .where('id', '=', id)
      .where('ended_at', 'is', null),
    expectRows: 1,
    announce: 'session-cuts',
  }
}

function readRows(journal: Journal, criteria: SessionCriteria) {
  const { id, isOpen, connectionId, protocol, endedSince, sirets, limit } = criteria
  let query = journal.db
    .selectFrom('sessions')
    .leftJoin('connections', 'connections.id', 'sessions.connection_id')
    .select([
      'sessions.id',
      'sessions.protocol',
      'sessions.peer',
      'sessions.connection_id',
      'sessions.started_at',
      'sessions.ended_at',
      'sessions.outcome',
      'sessions.fields_json',
      'sessions.bytes_in',
      'sessions.bytes_out',
      'sessions.doing_json',
      'sessions.cut_json',
      'connections.application_code',
      'connections.siret',
    ])
    .orderBy('sessions.id', 'desc')
    .limit(limit)
  if (id !== undefined) {
    query = query
      .where('sessions.id', '>=', id as SessionId)
      .where('sessions.id', '<', `${id}~` as SessionId)
  }
  if (isOpen !== undefined) {
    query = query.where('sessions.ended_at', isOpen ? 'is' : 'is not', null)
  }
  if (connectionId !== undefined) query = query.where('sessions.connection_id', '=', connectionId)
  if (protocol !== undefined) query = query.where('sessions.protocol', '=', protocol)
  if (endedSince !== undefined) {
    query = query.where((where) =>
      where.or([
        where('sessions.ended_at', 'is', null),
        where('sessions.ended_at', '>=', endedSince),
      ]),
    )
  }
  if (sirets !== undefined) {
    query = query.where((where) => isOneOf(journal, where.ref('connections.siret'), sirets))
  }
  return journal.read(query)
}

function documentOf(row: Row): SessionDocument {
  return {
    id: row.id,
    protocol: row.protocol,
    peer: row.peer,
    connectionId: row.connection_id,
    applicationCode: row.application_code,
    startedAt: new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    outcome: row.outcome,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    doing: row.doing_json === null ? [] : (JSON.parse(row.doing_json) as SessionTask[]),
    fields: JSON.parse(row.fields_json) as Record<string, string>,
    cut: row.cut_json === null ? null : (JSON.parse(row.cut_json) as SessionCut),
  }
}
