import type { KeyObject } from 'node:crypto'

/** An SFTP server to be measured: ours or the reference, seen the same way. */
export interface SftpServer {
  /** `Raccord`, `OpenSSH`. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  /** Root of its processes. */
  readonly pid: number
  /** Remote path where an upload of a flow goes. */
  uploadPath(flowName: string): string
  stop(): Promise<void>
}

/** The keys of a measurement: for the host and for the user, a pair each. */
export interface BenchKey {
  readonly kind: 'ed25519' | 'rsa-3072'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** File that OpenSSH's clients read, mode 0600. */
  readonly path: string
}
