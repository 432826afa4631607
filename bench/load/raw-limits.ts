import { randomFillSync } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'

/** Content of a usual small flow. */
export const FLOW_BYTES = 20 * 1024

/** What was done in a while: how many, and how fast. */
export interface RawRun {
  readonly perSecond: number
  readonly milliseconds: number
}

/**
 * The disk alone: each caller writes a file, syncs it, gives it its name and syncs the folder, one
 * file after the other. This is the least a content costs that has to outlive a crash as a file.
 */
export async function syncAndRename(
  folder: string,
  { callers, count }: { readonly callers: number; readonly count: number },
): Promise<RawRun> {
  const place = join(folder, `raw-${callers}-${count}`)
  await mkdir(place)
  const content = randomFillSync(Buffer.alloc(FLOW_BYTES))
  const directory = await open(place, 'r')
  try {
    return await timed(callers, count, async (number) => {
      const path = join(place, String(number))
      const file = await open(`${path}.tmp`, 'wx')
      await file.write(content, 0, content.length, 0)
      await file.sync()
      await file.close()
      await rename(`${path}.tmp`, path)
      await directory.sync()
    })
  } finally {
    await directory.close()
    await rm(place, { recursive: true })
  }
}

/** The database alone: each caller has a connection and inserts row by row, as pgbench would. */
export async function insertRows(
  url: string,
  { callers, count }: { readonly callers: number; readonly count: number },
): Promise<RawRun> {
  const content = randomFillSync(Buffer.alloc(FLOW_BYTES))
  const clients = await Promise.all(
    Array.from({ length: callers }, async () => {
      const client = new Client({ connectionString: url })
      client.on('error', () => {}) // told by the query that fails
      await client.connect()
      return client
    }),
  )
  try {
    await clients[0]!.query('create table raw_limit (id integer primary key, content bytea)')
    return await timed(callers, count, async (number, caller) => {
      await clients[caller]!.query({
        name: 'raw',
        text: 'insert into raw_limit values ($1, $2)',
        values: [number, content],
      })
    })
  } finally {
    await clients[0]!.query('drop table if exists raw_limit')
    await Promise.all(clients.map((client) => client.end()))
  }
}

/** Runs `work` on the numbers from 0, `callers` of them at a time. */
export async function timed(
  callers: number,
  count: number,
  work: (number: number, caller: number) => Promise<void>,
): Promise<RawRun> {
  let next = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let number = next++; number < count; number = next++) await work(number, caller)
    }),
  )
  const milliseconds = performance.now() - startedAt
  return { perSecond: (count * 1_000) / milliseconds, milliseconds }
}
