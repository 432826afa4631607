import type { DirectoryEntry } from '../../gateway/directory/directory.ts'
import type { ConnectionId, ReturnFlow } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import { issueReturnFlow, type IssueContext } from '../returns/issue-return-flow.ts'
import { readRemoved, withLostServices } from './directory-changes.ts'
import { writeDirectoryXml } from './far0037.ts'

/** Interface code of the directory (*annuaire*). */
export const DIRECTORY_CODE = 'FAR0037A'

export interface DirectoryFlowsOptions extends IssueContext {
  /** Settings `directory.publishSeconds`, `directory.publish`. */
  readonly publishing: { readonly publishSeconds: number; readonly publish: 'whole' | 'changes' }
}

const ENTRIES_PER_READ = 500

/**
 * Sends the directory to the subscribed connections whose turn it is: whole the first time, then
 * whole again or what changed since. What they have had is a fact of the journal, moved in the
 * message that issues the flow: of several processes one sends it.
 * @returns how many return flows were issued
 */
export async function sendDirectoryFlows(options: DirectoryFlowsOptions): Promise<number> {
  const { journal, clock, publishing } = options
  const subscribed = await journal.read(
    journal.db
      .selectFrom('connection_codes')
      .innerJoin('connections', 'connections.id', 'connection_codes.connection_id')
      .select('connections.id')
      .where('connection_codes.interface_code', '=', DIRECTORY_CODE)
      .where('connection_codes.mode', '<>', 'NONE')
      .where('connections.state', 'in', ['ACTIVATED', 'SENT_UPDATED']),
  )
  let issued = 0
  for (const { id } of subscribed) {
    const last = await readLast(journal, id)
    const now = clock.now()
    if (last !== undefined && now < last + publishing.publishSeconds * 1_000) continue
    const since = publishing.publish === 'whole' ? undefined : last
    if (since !== undefined && !(await hasChanges(journal, since, now))) {
      await journal.write([moveLast(journal, id, last, now)])
      continue
    }
    if ((await sendDirectory(options, id, since)) !== undefined) issued += 1
  }
  return issued
}

/**
 * Sends the directory to one connection now.
 * @param since only what changed after; milliseconds of business time, undefined = the whole
 * @returns undefined when another process was faster, or there is no such connection
 */
export async function sendDirectory(
  options: Omit<DirectoryFlowsOptions, 'publishing'>,
  connectionId: ConnectionId,
  since: number | undefined,
): Promise<ReturnFlow | undefined> {
  const { journal, clock } = options
  const last = await readLast(journal, connectionId)
  const until = clock.now()
  const pieces = () => xmlOf(journal, since, until)
  return issueReturnFlow(options, {
    connectionId,
    interfaceCode: DIRECTORY_CODE,
    kind: 'directory',
    write: async () => {
      let bytes = 0
      for await (const piece of pieces()) bytes += piece.length
      return [{ bytes, content: pieces() }]
    },
    statements: () => [moveLast(journal, connectionId, last, until)],
  })
}

/** The document, a page of structures at a time. */
async function* xmlOf(
  journal: Journal,
  since: number | undefined,
  until: number,
): AsyncGenerator<Buffer> {
  const [head = '', tail = ''] = [...writeDirectoryXml([])]
  yield Buffer.from(head)
  for await (const entries of pagesOf(journal, since, until)) {
    const structures = [...writeDirectoryXml(entries)].slice(1, -1)
    if (structures.length > 0) yield Buffer.from(structures.join(''))
  }
  yield Buffer.from(tail)
}

/** What the directory has, or what changed in it: last the structures that left it. */
async function* pagesOf(
  journal: Journal,
  since: number | undefined,
  until: number,
): AsyncGenerator<readonly DirectoryEntry[]> {
  let after = ''
  for (;;) {
    let query = journal.db
      .selectFrom('directory_structures')
      .select(['siret', 'entry_json'])
      .where('siret', '>', after)
      .where('updated_at', '<=', until)
      .orderBy('siret')
      .limit(ENTRIES_PER_READ)
    if (since !== undefined) query = query.where('updated_at', '>', since)
    const rows = await journal.read(query)
    const entries = rows.map(({ entry_json }) => JSON.parse(entry_json) as DirectoryEntry)
    yield since === undefined ? entries : await withLostServices(journal, entries, { since, until })
    if (rows.length < ENTRIES_PER_READ) break
    after = rows.at(-1)!.siret
  }
  if (since === undefined) return
  after = ''
  for (;;) {
    const page = { after, limit: ENTRIES_PER_READ }
    const entries = await readRemoved(journal, { since, until }, page)
    yield await withLostServices(journal, entries, { since, until })
    if (entries.length < ENTRIES_PER_READ) return
    after = entries.at(-1)!.siret
  }
}

const factOf = (id: ConnectionId): string => `directory sent ${id}`

async function readLast(journal: Journal, id: ConnectionId): Promise<number | undefined> {
  const [row] = await journal.read(
    journal.db.selectFrom('facts').select('value').where('name', '=', factOf(id)),
  )
  return row === undefined ? undefined : Number(row.value)
}

/** Guarded on what it was when it was read. */
function moveLast(
  journal: Journal,
  id: ConnectionId,
  last: number | undefined,
  now: number,
): WriteStatement {
  const { db } = journal
  const value = String(now)
  const query =
    last === undefined
      ? db.insertInto('facts').values({ name: factOf(id), value })
      : db
          .updateTable('facts')
          .set({ value })
          .where('name', '=', factOf(id))
          .where('value', '=', String(last))
  return { query, expectRows: 1 }
}

async function hasChanges(journal: Journal, since: number, until: number): Promise<boolean> {
  const rows = await journal.read(
    journal.db
      .selectFrom('directory_structures')
      .select('siret')
      .where('updated_at', '>', since)
      .where('updated_at', '<=', until)
      .limit(1),
  )
  if (rows.length > 0) return true
  const removed = await readRemoved(journal, { since, until }, { after: '', limit: 1 })
  return removed.length > 0
}
