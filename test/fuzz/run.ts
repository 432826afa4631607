// Feeds every parser that meets a partner's bytes with seeded, damaged inputs:
//   npm run fuzz -- [--seconds 60] [--inputs 100000] [--seed 1] [--only tar]
// A parser must answer or refuse in its own way, in bounded time; anything else is a failure, and
// its input is printed. Closes with `N passed, N failed`, one per target.
import { parseArgs } from 'node:util'
import { Random } from './random.ts'
import { FUZZ_TARGETS, type FuzzTarget } from './targets.ts'

/**
 * A single input that takes longer than this, and as much of the processor, is a failure: a partner
 * could stall us with it. A machine that stands still meanwhile is none.
 */
const MAX_INPUT_MILLISECONDS = 2_000

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const maxInputs = Number(values.inputs)
const seed = Number(values.seed)

let passed = 0
let failed = 0
for (const target of FUZZ_TARGETS) {
  if (values.only !== undefined && !target.name.includes(values.only)) continue
  if (await fuzz(target)) passed += 1
  else failed += 1
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

async function fuzz(target: FuzzTarget): Promise<boolean> {
  const random = new Random(seed)
  const seeds = await target.seeds()
  const started = performance.now()
  const deadline = started + seconds * 1_000
  let inputs = 0
  let slowest = 0
  while (inputs < maxInputs && performance.now() < deadline) {
    const input = random.mutate(random.pick(seeds), seeds)
    const before = performance.now()
    const usedBefore = process.cpuUsage()
    try {
      await target.feed(input, random)
    } catch (error) {
      process.stdout.write(
        `✗ ${target.name}: input ${inputs} of seed ${seed} threw ${String(error)}\n${input.toString('base64')}\n`,
      )
      return false
    }
    const milliseconds = performance.now() - before
    slowest = Math.max(slowest, milliseconds)
    if (milliseconds > MAX_INPUT_MILLISECONDS && isOurs(usedBefore)) {
      process.stdout.write(
        `✗ ${target.name}: input ${inputs} of seed ${seed} took ${Math.round(milliseconds)} ms\n${input.toString('base64')}\n`,
      )
      return false
    }
    inputs += 1
  }
  const took = ((performance.now() - started) / 1_000).toFixed(1)
  process.stdout.write(
    `✓ ${target.name}: ${inputs} inputs in ${took} s, slowest ${slowest.toFixed(1)} ms\n`,
  )
  return true
}

/** Whether this process has used as much of the processor since. */
function isOurs(before: NodeJS.CpuUsage): boolean {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 > MAX_INPUT_MILLISECONDS
}
