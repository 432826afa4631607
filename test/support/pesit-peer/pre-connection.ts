import { fromEbcdic, toEbcdic } from './ebcdic.ts'

export const PRE_CONNECTION_BYTES = 24
/** `ACK0` and `NAK0`. */
export const PRE_CONNECTION_ANSWER_BYTES = 4

/** What a caller says before CONNECT (reference §2.4). */
export interface PreConnection {
  readonly id: string
  readonly password: string
  /** `PESIT` unless told otherwise. */
  readonly service?: string
}

export function encodePreConnection({ id, password, service = 'PESIT' }: PreConnection): Buffer {
  return toEbcdic(service.padEnd(8) + id.padEnd(8) + password.padEnd(8))
}

export function decodePreConnection(bytes: Buffer): Required<PreConnection> {
  const [service, id, password] = [0, 8, 16].map((at) =>
    fromEbcdic(bytes.subarray(at, at + 8)).trimEnd(),
  ) as [string, string, string]
  return { service, id, password }
}
