import { setTimeout as sleep } from 'node:timers/promises'
import type { ReturnFlowSender } from '../../protocols/return-flow-sender.ts'
import type { Connection } from '../connections/connection.ts'
import type { FaultPoint, Faults } from '../faults.ts'
import type { Proof } from '../flow.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import type { Journal } from '../journal/journal.ts'
import { answeredEvidence } from './answered-flow.ts'
import { AttemptFault } from './delivery-failure.ts'
import { openContent } from './open-content.ts'
import type { ClaimedReturn } from './push-claims.ts'
import type { TargetOf } from './push-targets.ts'
import { returnFlowOf } from './return-flow-row.ts'

export interface AttemptParts {
  readonly payloads: Pick<PayloadStore, 'localFile'>
  readonly targetOf: TargetOf
  readonly faults: Faults
  readonly journal: Pick<Journal, 'db' | 'read'>
}

/** A sender that does not heed its signal is left to itself after this time. */
const DEAF_SENDER_MILLISECONDS = 5_000

/**
 * One attempt to bring a return flow to its partner.
 * @throws AttemptFault, DeliveryFault or what the sender threw; the signal's reason when it aborted
 */
export async function attemptPush(
  { payloads, targetOf, faults, journal }: AttemptParts,
  attempt: {
    readonly row: ClaimedReturn
    readonly connection: Connection
    readonly send: ReturnFlowSender
    readonly signal: AbortSignal
  },
): Promise<Proof> {
  const { row, connection, send, signal } = attempt
  const returnFlow = returnFlowOf(row)
  const target = await targetOf(connection, signal)
  const evidence = await answeredEvidence(journal, row, connection)
  const content = await openContent(payloads, returnFlow.content)
  try {
    await meetFault(faults, 'deliver', row, connection, signal)
    const delivery = {
      connection,
      target,
      returnFlow,
      ...(evidence === undefined ? {} : { evidence }),
      content,
      attempt: row.attempts,
      emission: row.emission,
      signal,
    }
    const proof = await unlessDeaf(send(delivery), signal)
    await meetFault(faults, 'receipt', row, connection, signal)
    return proof
  } finally {
    await content.close()
  }
}

/**
 * A delay is waited for, a crash is one; anything else fails the attempt: at `receipt`, what the
 * partner has proved is lost.
 */
async function meetFault(
  faults: Faults,
  point: FaultPoint,
  row: ClaimedReturn,
  { id, protocol }: Connection,
  signal: AbortSignal,
): Promise<void> {
  const action = faults.at(point, {
    protocol,
    connectionId: id,
    interfaceCode: row.interface_code,
    bytes: row.bytes,
  })
  if (action === undefined) return
  if (action.kind === 'crash') process.kill(process.pid, 'SIGKILL')
  if (action.kind === 'delay') {
    await sleep(action.milliseconds, undefined, { signal })
    return
  }
  const said = action.kind === 'refuse' ? action.message : `${action.kind} at ${point}`
  throw new AttemptFault({
    code: 'FAULT_ON_DEMAND',
    retry: true,
    message: { en: `Fault on demand: ${said}.`, fr: `Panne à la demande : ${said}.` },
  })
}

async function unlessDeaf(sending: Promise<Proof>, signal: AbortSignal): Promise<Proof> {
  const deaf = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    timer = setTimeout(() => deaf.reject(signal.reason as Error), DEAF_SENDER_MILLISECONDS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([sending, deaf.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(timer)
    // Whatever it says later is about an attempt that is over.
    sending.catch(() => {})
  }
}
