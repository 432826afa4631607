import { spawn } from 'node:child_process'

export interface ChildProgram {
  readonly pid: number
  /** Lines to its standard input. */
  type(text: string): void
  endInput(): void
  kill(signal: NodeJS.Signals): void
  /** Everything said so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<ProgramEnd>
}

export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly environment?: NodeJS.ProcessEnv
}

/** Starts a program beside the test: what it talks to may run in the test's own process. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, environment }: ProgramOptions = {},
): ChildProgram {
  const child = spawn(program, args, {
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LC_ALL: 'C', ...environment },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdin.on('error', () => {}) // it may end without reading all
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr })
    })
  })
  return {
    pid: child.pid ?? 0,
    type: (text) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
    kill: (signal) => child.kill(signal),
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
  }
}

/** Runs a program to its end, with what it is to read. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions & { readonly input?: string } = {},
): Promise<ProgramEnd> {
  const child = startProgram(program, args, options)
  child.type(options.input ?? '')
  child.endInput()
  return child.ended
}

/** Waits until `isSo`, asking often. @throws Error after two minutes, with what was waited for */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}
