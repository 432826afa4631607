import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type DoorGround, flowName, openDoorGround, receive } from './door-ground.ts'
import { numberedContent } from './numbered-content.ts'

export interface KillResult {
  readonly kills: number
  readonly acknowledged: number
  readonly committed: number
  /** Committed, and killed before the sender was told. */
  readonly unacknowledged: number
  /** Acknowledged without a row, or without the very bytes. */
  readonly lost: number
  /** Acknowledged under two ids. */
  readonly takenTwice: number
  /** Files in staging that no row names. */
  readonly orphans: number
  /** Sent again after the kill and not answered with the flow that was committed. */
  readonly answeredOtherwise: number
}

/** Kills a process that takes flows, at random moments, and looks at what it left each time. */
export async function runIntakeKills(options: {
  readonly folder: string
  readonly kills: number
}): Promise<KillResult> {
  const { folder, kills } = options
  const acknowledged = new Map<number, string>()
  const found = { lost: 0, takenTwice: 0, orphans: 0, answeredOtherwise: 0, unacknowledged: 0 }
  let committed = 0
  for (let kill = 0; kill < kills; kill += 1) {
    const known = new Set(acknowledged.keys())
    const acks = await feedAndKill(folder, 1 + kill * 1_000_000)
    for (const [number, flowId] of acks) {
      if ((acknowledged.get(number) ?? flowId) !== flowId) found.takenTwice += 1
      acknowledged.set(number, flowId)
    }
    const ground = await openDoorGround(folder)
    try {
      const rows = await ground.journal.read(
        ground.journal.db.selectFrom('flows').select(['id', 'file_name']),
      )
      const idOf = new Map(rows.map((row) => [row.file_name, row.id as string]))
      committed = rows.length
      found.orphans += await orphans(ground)
      for (const [number, flowId] of acknowledged) {
        const isWhole = known.has(number) || (await holds(ground, number))
        if (idOf.get(flowName(number)) !== flowId || !isWhole) found.lost += 1
      }
      const unacknowledged = rows
        .map((row) => numberOf(row.file_name))
        .filter((number) => !acknowledged.has(number))
      found.unacknowledged += unacknowledged.length
      const again = [...unacknowledged, ...[...acknowledged.keys()].slice(-3)]
      for (const number of again) {
        const outcome = await ground.intake(
          await receive(ground, flowName(number), numberedContent(number)),
        )
        const expected = idOf.get(flowName(number))
        if (outcome.outcome !== 'already-taken' || outcome.flowId !== expected) {
          found.answeredOtherwise += 1
        } else {
          acknowledged.set(number, outcome.flowId)
        }
      }
    } finally {
      await ground.close()
    }
  }
  return { kills, acknowledged: acknowledged.size, committed, ...found }
}

/** Runs the child until a random moment; resolves to what it had acknowledged. */
async function feedAndKill(
  folder: string,
  first: number,
): Promise<readonly (readonly [number, string])[]> {
  const script = fileURLToPath(new URL('./intake-kill-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const acks: (readonly [number, string])[] = []
  let complaint = ''
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()))
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [word, number, flowId] = line.split(' ')
      if (word === 'ready') resolve()
      else if (word === 'ack' && flowId !== undefined) acks.push([Number(number), flowId])
      else complaint += `${line}\n`
    })
  })
  await Promise.race([ready, ended])
  await wait(Math.random() * 400)
  child.kill('SIGKILL')
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (signal !== 'SIGKILL' || complaint !== '') throw new Error(`the child said: ${complaint}`)
  return acks
}

async function orphans(ground: DoorGround): Promise<number> {
  const rows = await ground.journal.read(ground.journal.db.selectFrom('staged_parts').select('id'))
  const named = new Set(rows.map((row) => row.id))
  const files = await readdir(join(ground.folder, 'staging'))
  return files.filter((file) => !named.has(file)).length
}

async function holds(ground: DoorGround, number: number): Promise<boolean> {
  const expected = numberedContent(number)
  const [row] = await ground.journal.read(
    ground.journal.db
      .selectFrom('flows')
      .select(['sha256', 'bytes'])
      .where('file_name', '=', flowName(number)),
  )
  if (row === undefined) return false
  return (await buffer(ground.payloads.read(row))).equals(expected)
}

function numberOf(fileName: string): number {
  return Number(fileName.slice(-'000000000000000.tar.gz'.length, -'.tar.gz'.length))
}
