import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { JournalPlace } from './journal-adapters.ts'

const WRITER = new URL('./journal-writer-child.ts', import.meta.url)
const JOB_HOLDER = new URL('./job-holder-child.ts', import.meta.url)

/** Every line the process says until it ends, or is killed after having said `killAfter` lines. */
async function runUntilKilled(
  script: URL,
  args: readonly string[],
  killAfter: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === killAfter) child.kill('SIGKILL')
  }
  await closed
  return lines
}

/** `open`, then the names of what is durable; or the code of the error that stopped it. */
export function runJournalWriter(
  place: JournalPlace,
  prefix: string,
  killAfter: number,
): Promise<readonly string[]> {
  return runUntilKilled(WRITER, [place.url, place.dataFolder, prefix], killAfter)
}

/** Kills a process once it has taken so many jobs. @returns their ids */
export function killJobHolder(
  place: JournalPlace,
  options: { readonly leaseMilliseconds: number; readonly jobs: number },
): Promise<readonly string[]> {
  const args = [place.url, place.dataFolder, String(options.leaseMilliseconds)]
  return runUntilKilled(JOB_HOLDER, args, options.jobs)
}

export interface KillTally {
  readonly kills: number
  readonly acknowledged: number
  /** Said to be durable, and not there. */
  readonly lost: readonly string[]
  /** Half of a write. */
  readonly torn: readonly string[]
}

/** Kills a writing process again and again, each time at another moment, then counts the rows. */
export async function killJournalWriters(place: JournalPlace, kills: number): Promise<KillTally> {
  const acknowledged: string[] = []
  for (let run = 0; run < kills; run += 1) {
    const lines = await runJournalWriter(place, `run${run}`, 20 + Math.floor(Math.random() * 500))
    if (lines[0] !== 'open') throw new Error(`The journal did not open again: ${lines[0]}`)
    acknowledged.push(...lines.slice(1))
  }
  const journal = await place.open()
  const rows = await journal.read(journal.db.selectFrom('facts').select('name'))
  const names = new Set(rows.map(({ name }) => name))
  return {
    kills,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !names.has(`${name}-a`) || !names.has(`${name}-b`)),
    torn: [...names].filter((name) => !names.has(otherHalf(name))),
  }
}

function otherHalf(name: string): string {
  return name.endsWith('-a') ? name.replace(/-a$/, '-b') : name.replace(/-b$/, '-a')
}
