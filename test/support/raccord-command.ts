import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'

/** The entry a user runs, in this checkout. */
export const RACCORD_ENTRY = resolve(import.meta.dirname, '../../gateway/cli/raccord.mjs')

/** For a gateway of a test: several run at a time. */
export const ANY_PORTS = {
  RACCORD_AS2__PORT: '0',
  RACCORD_AS2__HTTPS_PORT: '0',
  RACCORD_PESIT__PORT: '0',
} as const

export interface RaccordRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RaccordOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly node?: string
  readonly entry?: string
}

/** Starts a `raccord` command as a user would. */
export function startRaccord(
  args: readonly string[],
  options: RaccordOptions = {},
): ChildProcess & { readonly ended: Promise<RaccordRun> } {
  const child = spawn(options.node ?? process.execPath, [options.entry ?? RACCORD_ENTRY, ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...ANY_PORTS,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<RaccordRun>((done, fail) => {
    child.once('error', fail)
    child.once('close', (exitCode) => done({ exitCode, stdout, stderr }))
  })
  return Object.assign(child, { ended })
}

/**
 * What a command that was just started says on its standard error, once it matches.
 * @throws Error with all it said, when it ends before
 */
export function untilSaid(
  command: ReturnType<typeof startRaccord>,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  let said = ''
  command.stderr?.on('data', (text: string) => {
    said += text
    const found = pattern.exec(said)
    if (found !== null) resolve(found)
  })
  command.ended.then(() => reject(new Error(said)), reject)
  return promise
}

/** Runs a `raccord` command to its end. */
export function runRaccord(
  args: readonly string[],
  options: RaccordOptions = {},
): Promise<RaccordRun> {
  return startRaccord(args, options).ended
}
