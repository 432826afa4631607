import nodeSettings from '../../gateway/cli/node-settings.json' with { type: 'json' }
import { ANY_PORTS, RACCORD_ENTRY } from './raccord-command.ts'
import { startProgram, type ChildProgram, type ProgramEnd } from './child-program.ts'

/** How a gateway process is started again and again: same settings, same ports. */
export interface GatewayProcessOptions {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
}

/** The program may take so long until it listens, on a machine that does much else. */
const START_MILLISECONDS = 120_000
/** What `raccord.mjs` gives the program, given here so that it does not start itself again. */
export const NODE_SETTINGS: {
  readonly flags: readonly string[]
  readonly environment: Readonly<Record<string, string>>
} = nodeSettings
const INSPECTOR = /Debugger listening on (ws:\/\/\S+)/

/** `raccord serve` as a process that a test kills and starts again. */
export class GatewayProcess {
  readonly name: string
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProgram | undefined
  #starts = 0
  #lastError = ''

  constructor({ name, environment }: GatewayProcessOptions) {
    this.name = name
    this.#environment = environment
  }

  get starts(): number {
    return this.#starts
  }

  /** Where its inspector listens, by which its threads can be reached from outside. */
  get inspectorUrl(): string {
    const url = INSPECTOR.exec(this.#child?.stderr() ?? '')?.[1]
    if (url === undefined) throw new Error(`${this.name} has no inspector`)
    return url
  }

  /** Resolves once it listens. @throws Error with what it said, when it ends before */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const args = ['--inspect=127.0.0.1:0', ...NODE_SETTINGS.flags, RACCORD_ENTRY, 'serve', '--json']
    const environment = {
      ...NODE_SETTINGS.environment,
      RACCORD_LOG__LEVEL: 'warn',
      ...ANY_PORTS,
      ...this.#environment,
      ...more,
    }
    const child = startProgram(process.execPath, args, { environment })
    this.#child = child
    this.#starts += 1
    let end: ProgramEnd | undefined
    void child.ended.then((ended) => {
      end = ended
      this.#lastError = ended.stderr
    })
    const deadline = performance.now() + START_MILLISECONDS
    while (!child.stdout().includes('\n}')) {
      if (end !== undefined) throw new Error(`${this.name} ended: ${end.code} ${end.stderr}`)
      if (performance.now() > deadline)
        throw new Error(`${this.name} does not listen: ${this.said}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** What is on its standard error, the last of it. */
  get said(): string {
    return (this.#child?.stderr() ?? this.#lastError).slice(-4_000)
  }

  /** kill -9; resolves once it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.ended
  }

  /** TERM; resolves once it is gone. */
  async stop(): Promise<ProgramEnd | undefined> {
    this.#child?.kill('SIGTERM')
    return this.ended
  }

  /** How the process ends, or the last one ended. */
  get ended(): Promise<ProgramEnd | undefined> {
    return this.#child?.ended ?? Promise.resolve(undefined)
  }
}
