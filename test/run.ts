// Runs one tier of checks and tests (decisions A5) and closes with `N passed, N failed`:
//   node test/run.ts check | test | long
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** What `npm run check` holds: style, lint, types, nothing unused. */
const CHECKS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['format (oxfmt)', ['oxfmt', '--check', '.']],
  ['lint and import table (oxlint)', ['oxlint', '--type-aware', '--deny-warnings']],
  ['types (tsc)', ['tsc', '--noEmit']],
  ['nothing unused (knip)', ['knip']],
]

interface Tier {
  readonly checks: boolean
  /** One run of vitest after the other, each with the projects whose files may run beside each other. */
  readonly runs: readonly (readonly string[])[]
}

const TIERS: Readonly<Record<string, Tier>> = {
  check: { checks: true, runs: [] },
  test: { checks: true, runs: [['unit', 'contract', 'e2e']] },
  long: { checks: false, runs: [['long'], ['interop'], ['faults'], ['postgres'], ['tables']] },
}

const [tierName = 'test', ...filters] = process.argv.slice(2)
const tier = TIERS[tierName]
if (tier === undefined) {
  process.stderr.write(`There is no tier ${tierName}: ${Object.keys(TIERS).join(', ')}.\n`)
  process.exit(2)
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
/** What failed, told once more at the end: the place in a long output is hard to find. */
const failures: string[] = []
/** Characters of what a tool wrote to stderr that are told again. */
const OUTPUT_TOLD = 8000
if (tier.checks) for (const [name, command] of CHECKS) await runCheck(name, command)
for (const projects of tier.runs) await runProjects(projects)
for (const failure of failures) process.stdout.write(`\nFAILED ${failure}\n`)
const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed${skipped}\n`)
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1

async function runCheck(name: string, [bin = '', ...args]: readonly string[]): Promise<void> {
  const { code, output } = await run(bin, args, 'capture')
  if (code === 0) {
    tally.passed += 1
    process.stdout.write(`✓ ${name}\n`)
  } else {
    tally.failed += 1
    failures.push(`${name}\n${output}`)
    process.stdout.write(`✗ ${name}\n${output}\n`)
  }
}

async function runProjects(projects: readonly string[]): Promise<void> {
  const names = projects.join(', ')
  const folder = await mkdtemp(join(tmpdir(), 'raccord-tests-'))
  const report = join(folder, 'report.json')
  try {
    const { code, output } = await run(
      'vitest',
      [
        'run',
        ...projects.map((project) => `--project=${project}`),
        '--reporter=default',
        '--reporter=json',
        `--outputFile=${report}`,
        '--passWithNoTests',
        ...filters,
      ],
      'show',
    )
    const counted = await readTally(report)
    tally.passed += counted.passed
    tally.skipped += counted.skipped
    tally.failed += counted.failed
    failures.push(...counted.failures.map((failure) => `[${names}] ${failure}`))
    // A suite that could not even load, an error outside of any test: no failed test, yet it failed.
    if (counted.failed === 0 && code !== 0) {
      tally.failed += 1
      failures.push(`[${names}] ended with code ${code}\n${output.slice(-OUTPUT_TOLD)}`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** The counts of a vitest report, and each failure: file, test, what was said. */
async function readTally(
  report: string,
): Promise<Tally & { readonly failures: readonly string[] }> {
  let read: Report
  try {
    read = JSON.parse(await readFile(report, 'utf8')) as Report
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: ['no report was written'] }
  }
  return {
    passed: read.numPassedTests,
    failed: read.numFailedTests,
    skipped: read.numPendingTests + read.numTodoTests,
    failures: read.testResults.flatMap((file) => {
      const tests = file.assertionResults.filter((test) => test.status === 'failed')
      const at = relative(ROOT, file.name)
      return tests.length === 0 && file.status === 'failed'
        ? [`${at}\n${file.message}`]
        : tests.map((test) => `${at} > ${test.fullName}\n${test.failureMessages.join('\n')}`)
    }),
  }
}

/** Runs a tool of node_modules/.bin on this same Node; the output is what was captured, or stderr of what is shown. */
function run(
  bin: string,
  args: readonly string[],
  output: 'show' | 'capture',
): Promise<{ code: number; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(join(ROOT, 'node_modules/.bin', bin), args, {
      cwd: ROOT,
      stdio: ['ignore', output === 'show' ? 'inherit' : 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    const pieces: Buffer[] = []
    child.stdout?.on('data', (piece: Buffer) => pieces.push(piece))
    child.stderr?.on('data', (piece: Buffer) => {
      pieces.push(piece)
      if (output === 'show') process.stderr.write(piece)
    })
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? 1, output: Buffer.concat(pieces).toString() }))
  })
}
