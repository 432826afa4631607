import type { CipherName, HostKeyName } from './ssh-client/key-exchange.ts'

/** Whom the load client talks to; the key as PKCS#8 PEM. */
export interface LoadTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly keyPem: string
  readonly hostKey: HostKeyName
  readonly cipher: CipherName
}

/** What the load client is told to do. */
export type LoadJob =
  | {
      /** Handshake, authentication, subsystem, REALPATH, end; again and again. */
      readonly kind: 'connections'
      readonly target: LoadTarget
      readonly count: number
      readonly parallel: number
    }
  | {
      /** OPEN, one WRITE, with `fsync` its extension, CLOSE, one file after the other on each. */
      readonly kind: 'small-files'
      readonly target: LoadTarget
      readonly paths: readonly string[]
      readonly fileBytes: number
      readonly parallel: number
      readonly fsync: boolean
    }
  | {
      /** The same for flows made before, of any size: each file is sent under its path there. */
      readonly kind: 'flows'
      readonly target: LoadTarget
      readonly flows: readonly { readonly file: string; readonly path: string }[]
      readonly parallel: number
    }

export interface LoadResult {
  readonly milliseconds: number
  /** When the first request was sent, milliseconds UTC; the sessions stood already. */
  readonly startedAt: number
  /** Of each file, from its OPEN to the answer to its CLOSE; of `connections` none. */
  readonly latencies: readonly number[]
  /** User and system time of the client. */
  readonly cpuSeconds: number
}

export type LoadAnswer = { readonly result: LoadResult } | { readonly fault: string }
