import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'

/** `describe` for suites that ask a program of the machine: skipped without it, a failure with CI=true. */
export function describeWith(
  ...programs: readonly string[]
): typeof describe | typeof describe.skip {
  const isComplete = programs.every(isInstalled)
  return isComplete || process.env['CI'] === 'true' ? describe : describe.skip
}

/** Runs a program to its end. @returns what it said, and the exit code */
export function run(
  program: string,
  args: readonly string[],
  input?: string | Uint8Array,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const result = spawnSync(program, args, {
    input: input ?? '',
    encoding: 'utf8',
    timeout: 200_000,
  })
  if (result.error !== undefined) throw result.error
  return { code: result.status, stdout: result.stdout, stderr: result.stderr }
}

/** Whether a program of the machine can be started. */
export function isInstalled(program: string): boolean {
  // Every one of them prints something and ends, whatever the flag; only ENOENT means absent.
  return spawnSync(program, ['--version'], { timeout: 10_000 }).error === undefined
}
