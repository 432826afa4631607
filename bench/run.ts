// Measures the gateway beside a reference in the same run (architecture §8):
//   npm run bench -- [sftp] [event-loop] [pipeline] [connections] [returns] [rejections] [invoices] [load] [pesit] [as2] [--quick]
//                    [--only put,get] [--json]
//                    [--cipher aes256-gcm@openssh.com]
// Nothing named: all of them. Progress goes to standard error, the table (or with --json one
// document) to standard output. Linux, with OpenSSH's client and server installed.
import { parseArgs } from 'node:util'
import { measureLargeMessages } from './as2/large.ts'
import { measureAs2Memory } from './as2/memory.ts'
import { measureSmallMessages } from './as2/small-messages.ts'
import { createBenchContext } from './bench-context.ts'
import type { Suite } from './bench-context.ts'
import { measureConnectionForms } from './connections.ts'
import { measureEventLoop } from './event-loop.ts'
import { measureRuleSpeed } from './invoices/rule-speed.ts'
import { measureBesideSaxon } from './invoices/beside-saxon.ts'
import { machineFacts } from './machine.ts'
import { resultOf } from './measurement.ts'
import type { MeasurementResult } from './measurement.ts'
import { findSshd } from './openssh-server.ts'
import { measureAccepting, measureReporting } from './load/accept.ts'
import { measureCost } from './load/cost.ts'
import { measureIntake } from './load/intake.ts'
import { measureRedisDown } from './load/redis-down.ts'
import { measureScaling } from './load/scaling.ts'
import { measureLargeFlow, measureManyFlows } from './load/volume.ts'
import { measurePipeline } from './pipeline.ts'
import { measurePesitReads } from './pesit/reads.ts'
import { measurePesitRestarts } from './pesit/restarts.ts'
import { measurePesitSessions } from './pesit/sessions.ts'
import { measurePesitWrites } from './pesit/writes.ts'
import { tableOf } from './report.ts'
import { measureRejections } from './rejections.ts'
import { measureReturns } from './returns.ts'
import { measureAuthentication } from './sftp/authentication.ts'
import { measureConnections } from './sftp/connections.ts'
import { measureFloor } from './sftp/floor.ts'
import { measureMemory } from './sftp/memory.ts'
import { measureSmallFiles } from './sftp/small-files.ts'
import { measureSmallPuts } from './sftp/small-puts.ts'
import { measureGets, measurePuts } from './sftp/transfers.ts'

const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'] as const

/** Every bench and its subjects, in the order they run. */
const BENCHES: Readonly<Record<string, Readonly<Record<string, Suite>>>> = {
  sftp: {
    put: measurePuts,
    get: measureGets,
    small: measureSmallPuts,
    bare: measureSmallFiles,
    connections: measureConnections,
    memory: measureMemory,
    authentication: measureAuthentication,
    floor: measureFloor,
  },
  'event-loop': { 'event-loop': measureEventLoop },
  pipeline: { pipeline: measurePipeline },
  connections: { forms: measureConnectionForms },
  returns: { returns: measureReturns },
  rejections: { rejections: measureRejections },
  load: {
    intake: measureIntake,
    accept: measureAccepting,
    report: measureReporting,
    'redis-down': measureRedisDown,
    large: measureLargeFlow,
    many: measureManyFlows,
    scaling: measureScaling,
    cost: measureCost,
  },
  invoices: { rules: measureRuleSpeed, saxon: measureBesideSaxon },
  pesit: {
    write: measurePesitWrites,
    read: measurePesitReads,
    restart: measurePesitRestarts,
    sessions: measurePesitSessions,
  },
  as2: { large: measureLargeMessages, small: measureSmallMessages, memory: measureAs2Memory },
}

process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      cipher: { type: 'string', default: CIPHERS[0] },
    },
  })
  const cipher = CIPHERS.find((name) => name === values.cipher)
  const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals
  const unknown = names.filter((name) => BENCHES[name] === undefined)
  const only = values.only?.split(',')
  const subjects = names.flatMap((name) => Object.entries(BENCHES[name] ?? {}))
  const chosen = subjects.filter(([subject]) => only === undefined || only.includes(subject))
  if (unknown.length > 0 || chosen.length === 0 || cipher === undefined) {
    process.stderr.write(
      `bench: benches are ${Object.keys(BENCHES).join(', ')}; subjects ${subjects.map(([subject]) => subject).join(', ')}; ciphers ${CIPHERS.join(', ')}\n`,
    )
    return 2
  }
  if (process.platform !== 'linux' || findSshd() === undefined) {
    process.stderr.write(
      "bench: needs Linux and OpenSSH's server: apt-get install openssh-server\n",
    )
    return 1
  }
  const machine = machineFacts()
  const bench = await createBenchContext({ isQuick: values.quick, cipher })
  const results: MeasurementResult[] = []
  const seconds: Record<string, number> = {}
  const failed: { readonly subject: string; readonly fault: string }[] = []
  for (const [subject, measure] of chosen) {
    const startedAt = performance.now()
    try {
      results.push(...(await measure(bench)).map((measurement) => resultOf(measurement)))
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      process.stderr.write(`bench: ${subject}: ${fault}\n`)
      failed.push({ subject, fault })
    }
    seconds[subject] = Math.round((performance.now() - startedAt) / 100) / 10
    bench.tell(`${subject} took ${seconds[subject]} s`)
  }
  const document = {
    ok: failed.length === 0,
    machine,
    cipher,
    quick: values.quick,
    seconds,
    results,
    failed,
  }
  process.stdout.write(
    values.json ? `${JSON.stringify(document, null, 2)}\n` : `${tableOf(results)}\n`,
  )
  return failed.length === 0 ? 0 : 1
}
