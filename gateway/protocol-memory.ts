import type { ProtocolMemory } from '../protocols/listener.ts'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import type { ConnectionId, ProtocolName } from './flow.ts'
import { compileOnce } from './journal/compiled-query.ts'
import type { Journal } from './journal/journal.ts'

/** The memory as the composition root holds it. */
export interface JournalMemory extends ProtocolMemory {
  /** Removes records past their time; resolves to how many. */
  expire(): Promise<number>
}

/** Records removed by one journal message. */
const RECORDS_PER_WRITE = 1_000

/** Protocol memory on the journal; what has expired is as if it were not there. */
export function createProtocolMemory(options: {
  readonly journal: Journal
  readonly clock: Clock
}): JournalMemory {
  const { journal, clock } = options
  const { db } = journal

  function under(protocol: ProtocolName, connectionId: ConnectionId) {
    const now = clock.now()
    return db
      .selectFrom('protocol_memory')
      .select(['key', 'value'])
      .where('protocol', '=', protocol)
      .where('connection_id', '=', connectionId)
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]))
  }

  /** Of its protocol, connection, time and key: asked with every message of AS2. */
  const find = compileOnce(
    db
      .selectFrom('protocol_memory')
      .select('value')
      .where('protocol', '=', 'as2')
      .where('connection_id', '=', '' as ConnectionId)
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', 0)]))
      .where('key', '=', ''),
  )

  return {
    async putIfAbsent(protocol, connectionId, key, value, expiresAt) {
      const result = await journal.write([
        {
          query: db
            .deleteFrom('protocol_memory')
            .where('expires_at', '<=', clock.now())
            .where('protocol', '=', protocol)
            .where('connection_id', '=', connectionId)
            .where('key', '=', key),
        },
        {
          // The update changes nothing: it makes the row that stands come back.
          query: db
            .insertInto('protocol_memory')
            .values({
              protocol,
              connection_id: connectionId,
              key,
              value,
              created_at: clock.now(),
              expires_at: expiresAt ?? null,
            })
            .onConflict((conflict) =>
              conflict
                .columns(['protocol', 'connection_id', 'key'])
                .doUpdateSet((row) => ({ value: row.ref('protocol_memory.value') })),
            )
            .returning('value'),
        },
      ])
      const standing = result.committed ? result.results[1]?.rows[0]?.['value'] : undefined
      if (typeof standing === 'string') return standing
      throw new GatewayError('INTERNAL', 'A record of the protocol memory was not written.')
    },

    async get(protocol, connectionId, key) {
      const [row] = await journal.read(find([protocol, connectionId, clock.now(), key]))
      return row?.value
    },

    list: (protocol, connectionId, keyPrefix) =>
      journal.read(
        under(protocol, connectionId)
          .where((row) =>
            row(
              row.fn('substr', ['key', row.lit(1), row.fn('length', [row.val(keyPrefix)])]),
              '=',
              keyPrefix,
            ),
          )
          .orderBy('key'),
      ),

    async remove(protocol, connectionId, key) {
      await journal.write([
        {
          query: db
            .deleteFrom('protocol_memory')
            .where('protocol', '=', protocol)
            .where('connection_id', '=', connectionId)
            .where('key', '=', key),
        },
      ])
    },

    async expire() {
      const some = db
        .selectFrom('protocol_memory')
        .select(['protocol', 'connection_id', 'key'])
        .where('expires_at', '<=', clock.now())
        .limit(RECORDS_PER_WRITE)
      const query = db
        .deleteFrom('protocol_memory')
        .where((row) =>
          row(
            row.refTuple('protocol', 'connection_id', 'key'),
            'in',
            some.$asTuple('protocol', 'connection_id', 'key'),
          ),
        )
      let removed = 0
      for (;;) {
        const result = await journal.write([{ query }])
        const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
        removed += changed
        if (changed < RECORDS_PER_WRITE) return removed
      }
    },
  }
}
