import { randomBytes } from 'node:crypto'

/** A schema of its own in a PostgreSQL database: what a temporary folder is to a file. */
export interface ScratchSchema {
  /** The URL of the database, for a journal that sees this schema alone. */
  readonly url: string
  /** Takes it away, with all that is in it. */
  drop(): Promise<void>
}

/** @throws what the server says: unreachable, or no right to make a schema */
export async function makeScratchSchema(url: string): Promise<ScratchSchema> {
  const name = `raccord_demo_${randomBytes(6).toString('hex')}`
  await runSql(url, `create schema ${name}`)
  const own = new URL(url)
  const others = own.searchParams.get('options')
  own.searchParams.set('options', [others, `-c search_path=${name}`].filter(Boolean).join(' '))
  return {
    // A blank is %20 here, not +: it is no form.
    url: own.href.replaceAll('+', '%20'),
    drop: () => runSql(url, `drop schema ${name} cascade`),
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url, application_name: 'raccord demo' })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}
