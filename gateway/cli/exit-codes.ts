/** Exit codes of every command (design: architecture §4). */
export const EXIT = {
  done: 0,
  /** A flow was rejected, a check failed: the command worked and the answer is no. */
  expectedFailure: 1,
  usage: 2,
  unreachable: 3,
  /** Authentication or permission. */
  refused: 4,
  timedOut: 5,
  bug: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command with an exit code, a sentence, and the next thing to try. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode
  readonly nextStep: string | undefined

  constructor(exitCode: ExitCode, message: string, nextStep?: string) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
    this.nextStep = nextStep
  }
}
