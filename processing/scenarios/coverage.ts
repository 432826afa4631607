import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { ConnectionId, RunId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { CoverageRow } from '../../gateway/qualification/campaign.ts'
import type { SeenByStep } from '../../gateway/qualification/qualification.ts'
import { readSteps, selectRuns } from './run-rows.ts'

/** Newest first; what older ones proved was proved with another gateway. */
const MAX_RUNS = 1_000
const IDS_PER_READ = 500

interface Proof {
  flows: number
  readonly scenarios: Set<string>
  lastAt: number
}

/**
 * What passed runs have proved of each code that a connection subscribed to, and of codes it had.
 * A run that a person judged passed counts as one.
 * @param only these runs; absent: all of the connection
 */
export async function coverageOf(
  journal: Journal,
  connectionId: ConnectionId,
  only?: readonly RunId[],
): Promise<readonly CoverageRow[]> {
  const { db } = journal
  const [[connection], codes, runs] = await Promise.all([
    journal.read(db.selectFrom('connections').select('protocol').where('id', '=', connectionId)),
    journal.read(
      db
        .selectFrom('connection_codes')
        .select(['interface_code', 'mode'])
        .where('connection_id', '=', connectionId),
    ),
    journal.read(selectRuns(journal, { connectionId }).limit(MAX_RUNS)),
  ])
  if (connection === undefined) return []
  const passed = runs.filter(
    (run) =>
      (only === undefined || only.includes(run.id)) &&
      (run.override_json === null
        ? run.state === 'PASSED'
        : (JSON.parse(run.override_json) as { verdict: string }).verdict === 'PASSED'),
  )
  const modes = new Map<string, string>(codes.map((row) => [row.interface_code, row.mode]))
  const proofs = new Map<string, Proof>()
  const steps = await readSteps(
    journal,
    passed.map(({ id }) => id),
  )
  for (const run of passed) {
    const seen = (steps.get(run.id) ?? []).map((step) => JSON.parse(step.seen_json) as SeenByStep)
    const proved = [
      ...(await sentFlows(
        journal,
        seen.flatMap(({ flows }) => flows),
      )),
      ...(
        await receivedFlows(
          journal,
          seen.flatMap(({ returns }) => returns),
        )
      ).map((code) => ({ code, mode: modes.get(code) ?? '' })),
    ]
    for (const { code, mode } of proved) {
      const key = `${code} ${mode}`
      const proof = proofs.get(key) ?? { flows: 0, scenarios: new Set(), lastAt: 0 }
      proofs.set(key, proof)
      proof.flows += 1
      proof.scenarios.add(run.scenario)
      proof.lastAt = Math.max(proof.lastAt, run.ended_at ?? 0)
    }
  }
  const subscribed = codes
    .filter(({ mode }) => mode !== 'NONE')
    .map((row) => `${row.interface_code} ${row.mode}`)
  return [...new Set([...subscribed, ...proofs.keys()])].toSorted().map((key) => {
    const [interfaceCode = '', mode = ''] = key.split(' ')
    const proof = proofs.get(key)
    return {
      interfaceCode,
      mode,
      protocol: connection.protocol,
      direction: findInterfaceCode(interfaceCode)?.direction === 'in' ? 'sent' : 'received',
      flows: proof?.flows ?? 0,
      scenarios: [...(proof?.scenarios ?? [])].toSorted(),
      lastAt: proof === undefined ? null : new Date(proof.lastAt).toISOString(),
    }
  })
}

async function sentFlows(journal: Journal, ids: readonly string[]) {
  const found: { readonly code: string; readonly mode: string }[] = []
  for (const some of chunksOf(ids)) {
    const rows = await journal.read(
      journal.db
        .selectFrom('flows')
        .select(['interface_code as code', 'mode'])
        .where('id', 'in', some as never),
    )
    found.push(...rows)
  }
  return found
}

async function receivedFlows(journal: Journal, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const some of chunksOf(ids)) {
    const rows = await journal.read(
      journal.db
        .selectFrom('return_flows')
        .select('interface_code')
        .where('id', 'in', some as never)
        .where('state', '=', 'DELIVERED'),
    )
    found.push(...rows.map((row) => row.interface_code))
  }
  return found
}

function* chunksOf(ids: readonly string[]): Generator<readonly string[]> {
  const unique = [...new Set(ids)]
  for (let at = 0; at < unique.length; at += IDS_PER_READ) yield unique.slice(at, at + IDS_PER_READ)
}
