import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultPoint } from '../../gateway/faults.ts'
import type { ListenerServices, PartnerConnection } from '../listener.ts'
import { laterAnswer, type PostAnswer } from './incoming-post.ts'

/**
 * Passes a fault point (decisions B7).
 * @returns what to answer instead of going on, or undefined
 */
export async function passFault(
  services: ListenerServices,
  point: FaultPoint,
  connection: PartnerConnection,
  bytes?: number,
): Promise<PostAnswer | undefined> {
  const action = services.faults.at(point, {
    protocol: 'as2',
    connectionId: connection.id,
    ...(bytes === undefined ? {} : { bytes }),
  })
  switch (action?.kind) {
    case undefined:
    // Acted on at `accept`; of its own AS2 has no answer.
    case 'hang':
    case 'slow':
    case 'answer':
      return undefined
    case 'fail':
      return laterAnswer(`failed with ${action.code} at ${point}`)
    case 'delay':
      await sleep(action.milliseconds)
      return undefined
    case 'cut':
      return { ...laterAnswer(`cut at ${point}`), isCut: true }
    case 'refuse':
      return laterAnswer(action.message)
    case 'fail':
      return laterAnswer(`a fault on demand: ${action.code}`)
    case 'crash':
      process.kill(process.pid, 'SIGKILL')
      return undefined
    case 'answer':
    case 'hang':
    case 'slow':
      return undefined
  }
}

/** Thrown out of the middle of a payload, to be answered instead. */
export class FaultOnDemand extends Error {
  override readonly name = 'FaultOnDemand'
  readonly answer: PostAnswer

  constructor(answer: PostAnswer) {
    super('A fault on demand')
    this.answer = answer
  }
}
