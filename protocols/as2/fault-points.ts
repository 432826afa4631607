import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction, FaultContext, FaultPoint } from '../../gateway/faults.ts'
import type { ListenerServices, PartnerConnection } from '../listener.ts'
import { laterAnswer, plainAnswer, type IncomingPost, type PostAnswer } from './incoming-post.ts'

/** The message that passes a point: whose, and in which session. */
interface PassingMessage {
  readonly connection: PartnerConnection
  readonly post: Pick<IncomingPost, 'session'>
}

type FaultFacts = Pick<FaultContext, 'bytes' | 'asker' | 'interfaceCode'>

/** The fault at a point, if there is one: a hit is counted. */
export function faultAt(
  services: ListenerServices,
  point: FaultPoint,
  { connection, post }: PassingMessage,
  facts: FaultFacts = {},
): FaultAction | undefined {
  return services.faults.at(point, {
    protocol: 'as2',
    connectionId: connection.id,
    sessionId: post.session.id,
    ...facts,
  })
}

/**
 * Passes a fault point (decisions B7).
 * @returns what to answer instead of going on, or undefined
 */
export function passFault(
  services: ListenerServices,
  point: FaultPoint,
  message: PassingMessage,
  facts: FaultFacts = {},
): Promise<PostAnswer | undefined> {
  return actOn(faultAt(services, point, message, facts), point)
}

/** What a fault makes us answer; undefined to go on as usual. */
export async function actOn(
  action: FaultAction | undefined,
  point: FaultPoint,
): Promise<PostAnswer | undefined> {
  switch (action?.kind) {
    case undefined:
      return undefined
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
      return action.name === 'http-error' ? httpError(Number(action.value)) : undefined
    case 'hang':
    case 'slow':
      return undefined
  }
}

function httpError(status: number): PostAnswer {
  const text = `a fault on demand: ${status}`
  return status === 429 || status === 503 ? laterAnswer(text, status) : plainAnswer(status, text)
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
