import type { DoorRefusal, ListenerServices, OpenSession } from '../listener.ts'
import type { Config } from '../../config/schema.ts'
import type { SshTransport } from './ssh-transport.ts'

export type SshServices = Pick<
  ListenerServices,
  'authenticate' | 'failedTries' | 'sessions' | 'faults' | 'clock' | 'log'
>

export type SessionRefusal = Omit<DoorRefusal, 'protocol' | 'peer' | 'sessionId'>

/** What login and channels ask of the session they are part of. */
export interface SessionParts {
  readonly transport: SshTransport
  readonly services: SshServices
  readonly settings: Config['sftp']
  /** Nothing is taken or sent any more. */
  readonly isOver: boolean
  /** Undefined until the client has identified itself. */
  readonly record: OpenSession | undefined
  /** The partner's address, and with its port. */
  readonly peerHost: string
  readonly peer: string
  /** Writes to the transcript, layer `ssh`. */
  transcribe(
    direction: 'in' | 'out',
    name: string,
    summary: string,
    fields?: Readonly<Record<string, string>>,
  ): void
  /** Records a refusal, and logs it. */
  refuse(refusal: SessionRefusal): void
  /** Tells the client (RFC 4253 §11.1) and closes. */
  goodbye(outcome: string, reason: number): void
  /** Closes at once. */
  cut(reason: string): void
  /** Cuts after an exception, the client's fault or ours. */
  fail(error: unknown): void
  /** Runs it; an exception cuts this connection and no more. */
  guarded(action: () => void): void
}
