import { GatewayError } from '../../gateway/errors.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import type { ListenerServices, PartnerConnection, StagedFile } from '../listener.ts'
import { DigestFault } from './message-fault.ts'
import type { Octets } from './octets.ts'

/** Pieces are put on disk by so much at a time. */
const WRITE_BYTES = 1024 * 1024

/** Thrown while a payload is written: more may not come in. */
export class StagingLimit extends Error {
  override readonly name = 'StagingLimit'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Why nothing of this size may come over this connection now. */
export function roomLack(
  { limits, staging }: ListenerServices,
  connection: PartnerConnection,
  bytes: number,
): StagingLimit | undefined {
  if (staging.freeDiskBytes() - bytes < limits.minFreeDiskBytes) {
    return new StagingLimit('DISK_FULL', 'the disk of the staging folder is nearly full')
  }
  if (staging.usedBytes(connection.id) + bytes > limits.maxStagedBytes) {
    return new StagingLimit('QUOTA_EXCEEDED', `more than ${limits.maxStagedBytes} bytes staged`)
  }
  return undefined
}

/**
 * Writes a payload into staging, where nobody sees it: what it is worth is known at its end.
 * @param passed told of all bytes so far, before they are written
 * @throws StagingLimit, GatewayError, and what the payload throws
 */
export async function stagePayload(
  file: StagedFile,
  payload: Octets,
  services: ListenerServices,
  connection: PartnerConnection,
  passed: (bytes: number) => Promise<void>,
): Promise<void> {
  const { maxFlowBytes } = services.limits
  let held: Buffer[] = []
  let heldBytes = 0
  let position = 0
  const write = async (): Promise<void> => {
    if (heldBytes === 0) return
    const lack = roomLack(services, connection, heldBytes)
    if (lack !== undefined) throw lack
    await passed(position + heldBytes)
    await file.write(held, position)
    position += heldBytes
    held = []
    heldBytes = 0
  }
  try {
    for await (const piece of payload) {
      held.push(piece)
      heldBytes += piece.length
      if (position + heldBytes > maxFlowBytes) {
        throw new StagingLimit('CONTENT_TOO_LARGE', `more than ${maxFlowBytes} bytes`)
      }
      if (heldBytes >= WRITE_BYTES) await write()
    }
  } catch (error) {
    // It is all there and not what was signed: looked at once more, for the diagnosis.
    if (error instanceof DigestFault) await write()
    throw error
  }
  await write()
}

/** A full disk is told as one, whoever met it. */
export function limitOf(error: unknown): StagingLimit | undefined {
  if (error instanceof StagingLimit) return error
  const isFull = error instanceof GatewayError && error.code === 'STORE_FULL'
  return isFull ? new StagingLimit('DISK_FULL', error.message) : undefined
}
