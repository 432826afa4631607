import {
  DataTypeNode,
  Kysely,
  OperationNodeTransformer,
  PostgresDialect,
  RawNode,
  type KyselyPlugin,
  type OperationNode,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type PostgresPoolClient,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
} from 'kysely'
import { migrate } from '../migrations/migrate.ts'
import type { Connection } from './connect.ts'
import { LOCK_CLASS, MIGRATION_LOCK } from './message.ts'

/**
 * Brings the database to the newest step. Of several processes one migrates, the others wait and
 * find nothing to do.
 * @param options.steps those that are wanted; default all of this program
 * @param options.isWithinTransaction the caller has begun one, and ends it
 * @returns the steps of a newer program that the database has beyond
 * @throws GatewayError JOURNAL_UNAVAILABLE naming the step that failed
 */
export async function migrateAlone(
  { client }: Pick<Connection, 'client'>,
  options: {
    readonly steps?: Parameters<typeof migrate>[1]
    readonly isWithinTransaction?: boolean
  } = {},
): Promise<readonly string[]> {
  const { steps, isWithinTransaction = false } = options
  const send = client.query.bind(client) as PostgresPoolClient['query']
  const sendWithin = ((text: string, values: readonly unknown[]) =>
    send(/^(begin|commit)$/.test(text) ? 'select 1' : text, values)) as typeof send

  await client.query(`select pg_advisory_lock(${LOCK_CLASS}, ${MIGRATION_LOCK})`)
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({
      pool: {
        options: {},
        connect: async () => ({
          query: isWithinTransaction ? sendWithin : send,
          release: () => {},
        }),
        end: async () => {},
      },
    }),
    plugins: [new ByteOrder()],
  })
  const newer = await migrate(db, steps)
  // The lock goes with the connection; the next process need not wait for that.
  await client.query(`select pg_advisory_unlock(${LOCK_CLASS}, ${MIGRATION_LOCK})`)
  return newer
}

/**
 * Texts sort and compare by their bytes, whatever the language of the database: the order of
 * SQLite, the same on every server, and one that an index serves for prefixes.
 */
class ByteOrder implements KyselyPlugin {
  readonly #transformer = new TextColumns()

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return node.kind === 'CreateTableNode' || node.kind === 'AlterTableNode'
      ? this.#transformer.transformNode(node)
      : node
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}

class TextColumns extends OperationNodeTransformer {
  protected override transformNodeImpl<Node extends OperationNode>(node: Node): Node {
    if (DataTypeNode.is(node) && node.dataType === 'text') {
      return RawNode.createWithSql('text collate "C"') as OperationNode as Node
    }
    return super.transformNodeImpl(node)
  }
}
