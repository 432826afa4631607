import { hasPostgres, startPostgres } from '../test/support/services.ts'

/** A place of one engine of the journal, and what has to be done when it is measured. */
export interface EnginePlace {
  readonly url: string
  /** What a server does by itself after a while: it learns what the tables hold. */
  settle(): Promise<void>
  remove(): Promise<void>
}

const NOTHING_TO_DO = { settle: async () => {}, remove: async () => {} }

/** Every engine of the journal that is installed here. */
export const JOURNAL_ENGINES: readonly {
  readonly name: string
  prepare(): Promise<EnginePlace>
}[] = [
  { name: 'sqlite', prepare: async () => ({ url: 'sqlite:', ...NOTHING_TO_DO }) },
  ...(hasPostgres ? [{ name: 'postgres', prepare: preparePostgres }] : []),
]

/** A server of its own that syncs every commit, as one in earnest does. */
async function preparePostgres(): Promise<EnginePlace> {
  const server = await startPostgres({ fsync: true })
  await server.createDatabase('raccord')
  return {
    url: server.url('raccord'),
    settle: () => server.run('raccord', 'vacuum analyze'),
    remove: () => server.remove(),
  }
}
