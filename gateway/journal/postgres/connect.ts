import { Socket } from 'node:net'
import { Client } from 'pg'
import { RESULT_TYPES } from './result-types.ts'

/** A server that is there answers within this time. */
const CONNECT_MILLISECONDS = 5_000
/** No message of ours takes as long; a connection that says nothing for longer is given up. */
const STATEMENT_MILLISECONDS = 60_000
const SILENCE_MILLISECONDS = STATEMENT_MILLISECONDS + 5_000
/** A process that hangs inside a transaction holds up the others no longer. */
const IDLE_TRANSACTION_MILLISECONDS = 10_000
const KEEP_ALIVE_MILLISECONDS = 10_000

/**
 * For every connection: a commit is on disk when it is answered, whatever the server's default, and
 * plans are not compiled (that takes longer than our queries).
 */
const SESSION = `select set_config('synchronous_commit', 'on', false)
    where current_setting('synchronous_commit') = 'off';
  set jit = off`

/**
 * For connections that read. Plans are made for the values given: one kept for any value takes a
 * list of thousands for one of ten, and a common state for a rare one.
 */
const READING = `set default_transaction_read_only = on;
  set plan_cache_mode = force_custom_plan`

export type ConnectionPurpose = 'write' | 'read' | 'listen' | 'migrate'

/** An open connection to the server; queries are sent without waiting for one another. */
export interface Connection {
  readonly client: Client
  /** What `send` writes goes out as one piece. */
  together(send: () => void): void
}

/** @throws what the driver or the server says */
export async function connect(url: string, purpose: ConnectionPurpose): Promise<Connection> {
  const socket = new Socket()
  const client = new Client({
    connectionString: url,
    application_name: `raccord ${purpose}`,
    types: RESULT_TYPES,
    stream: () => socket,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    // A migration takes the time it takes.
    ...(purpose === 'migrate'
      ? {}
      : {
          statement_timeout: STATEMENT_MILLISECONDS,
          query_timeout: SILENCE_MILLISECONDS,
          idle_in_transaction_session_timeout: IDLE_TRANSACTION_MILLISECONDS,
        }),
  })
  // Told by the query that fails, or by `end`; without a listener it would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(SESSION)
    if (purpose === 'read') await client.query(READING)
  } catch (cause) {
    socket.destroy()
    throw cause
  }
  return {
    client,
    together(send) {
      socket.cork()
      try {
        send()
      } finally {
        socket.uncork()
      }
    },
  }
}

/** Ends a connection without a word: what it had in hand is undone by the server. */
export function abandon({ client }: Connection): void {
  void client.end().catch(() => {})
}
