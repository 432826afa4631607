import { GatewayError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Chore } from '../housekeeping.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from './payloads.ts'

const FACT = 'payload-store'

/**
 * Sees to it that every process of a journal has the same payload store: the first names the store,
 * and the name stands in both. Else a process would look for contents where no other put them.
 * @returns the name
 * @throws GatewayError STORE_UNFIT when this is another store than the journal's; STORE_UNAVAILABLE
 *   when the store cannot say
 */
export async function requireStoreOfJournal(
  journal: Journal,
  store: Pick<PayloadStore, 'name' | 'giveName'>,
): Promise<string> {
  const [name, wanted] = await Promise.all([store.name(), readFact(journal)])
  if (wanted !== undefined) return name === wanted ? name : refuse(name, wanted)
  const given = name ?? (await store.giveName(newId('pst')))
  await journal.write([
    {
      query: journal.db
        .insertInto('facts')
        .values({ name: FACT, value: given })
        .onConflict((conflict) => conflict.column('name').doNothing()),
    },
  ])
  const fact = await readFact(journal)
  return fact === given ? given : refuse(given, fact ?? 'none')
}

/**
 * Requires it at a start. A store that is away does not hold up the start: flows are accepted, and it
 * is asked once it is back.
 * @returns what asks it then; undefined when it has answered
 * @throws GatewayError STORE_UNFIT
 */
export async function storeCheck(options: {
  readonly journal: Journal
  readonly store: Pick<PayloadStore, 'name' | 'giveName'>
  readonly log: Logger
}): Promise<Chore | undefined> {
  const { journal, store, log } = options
  let isKnown = false
  const check = async (): Promise<number> => {
    if (isKnown) return 0
    await requireStoreOfJournal(journal, store)
    isKnown = true
    return 1
  }
  try {
    await check()
    return undefined
  } catch (err) {
    if (!(err instanceof GatewayError) || err.code !== 'STORE_UNAVAILABLE') throw err
    log.warn({ err }, 'the payload store is away: flows are accepted, and wait for it')
    return { name: 'the payload store is that of the journal', everySeconds: 30, run: check }
  }
}

/**
 * Sees to it that a store is not another journal's, before all of it is cleared.
 * @param name of the store; undefined: it has none
 * @throws GatewayError STORE_UNFIT
 */
export async function requireNoOtherStore(
  journal: Journal,
  name: string | undefined,
): Promise<void> {
  const wanted = await readFact(journal)
  if (name !== undefined && name !== wanted) refuse(name, wanted ?? 'none')
}

async function readFact(journal: Journal): Promise<string | undefined> {
  const [fact] = await journal.read(
    journal.db.selectFrom('facts').select('value').where('name', '=', FACT),
  )
  return fact?.value
}

function refuse(name: string | undefined, wanted: string): never {
  const found = name === undefined ? 'is new and has no name' : `is ${name}`
  throw new GatewayError(
    'STORE_UNFIT',
    `The payload store of this journal is ${wanted}, and the one of payloads.url ${found}.`,
    {
      remedy: `Give every process of this journal the same store: a bucket, or a folder that all of them reach (payloads.url=file:/shared/folder). If the contents were moved, name their new place: a file or object "store-name" with the text ${wanted}.`,
    },
  )
}
