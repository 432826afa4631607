import { sql } from 'kysely'
import { PLATFORM_CODE, issuedName } from '../../config/flow-name.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { ConnectionId, ReturnFlow, ReturnFlowKind } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import type { Clock } from '../../gateway/clock.ts'
import type { OfferReturnFlow } from '../pipeline-context.ts'
import { packTarGz } from './pack-report.ts'

/** What return flows that the gateway issues by itself are made with. */
export interface IssueContext {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'put'>
  readonly clock: Clock
  readonly offerReturnFlow: OfferReturnFlow
  /** Settings `report.*`, which hold for every return flow. */
  readonly report: {
    readonly packing: 'tar.gz' | 'xml'
    readonly availableSeconds: number
  }
  /** Of one connection, when it has its own. */
  readonly packingOf: (id: ConnectionId) => 'tar.gz' | 'xml' | undefined
}

/** A return flow to be. */
export interface IssueOrder {
  readonly connectionId: ConnectionId
  readonly interfaceCode: string
  readonly kind: Exclude<ReturnFlowKind, 'report'>
  /** The document, once its number is known; the pieces are asked for once. */
  readonly write: (flow: {
    readonly identifier: string
    readonly receiver: string
    readonly producedAt: number
  }) => Promise<{ readonly bytes: number; readonly content: AsyncIterable<Uint8Array> }>
  /** What makes it true, in the same message: a guard that fails leaves no return flow. */
  readonly statements: (returnFlow: ReturnFlow) => readonly WriteStatement[]
}

/**
 * Issues a return flow under the next number of its code (reference chorus-pro-edi §4.2). A number
 * is taken before the flow is made, so that none is ever given twice; one whose flow did not come
 * about stays unused.
 * @returns undefined when the guards of `statements` did not hold: nothing was issued
 */
export async function issueReturnFlow(
  context: IssueContext,
  order: IssueOrder,
): Promise<ReturnFlow | undefined> {
  const { journal, payloads, clock, report } = context
  const { connectionId, interfaceCode } = order
  const [connection] = await journal.read(
    journal.db.selectFrom('connections').select('application_code').where('id', '=', connectionId),
  )
  if (connection === undefined) return undefined
  const receiver = connection.application_code
  const name = issuedName(interfaceCode, receiver, await takeNumber(journal, interfaceCode))
  const identifier = name.slice(name.lastIndexOf('_') + 1)
  const now = clock.now()
  const document = await order.write({ identifier, receiver, producedAt: now })
  const packing = context.packingOf(connectionId) ?? report.packing
  const content = packing === 'xml' ? document.content : packTarGz({ name, ...document })
  const returnFlow: ReturnFlow = {
    id: newId('ret'),
    connectionId,
    kind: order.kind,
    interfaceCode,
    fileName: `${name}.${packing}`,
    content: await payloads.put(content),
    createdAt: now,
    availableUntil: now + report.availableSeconds * 1_000,
    state: 'OFFERED',
  }
  const { committed } = await journal.write([
    ...order.statements(returnFlow),
    context.offerReturnFlow(returnFlow),
  ])
  return committed ? returnFlow : undefined
}

/** The next number of a code: one statement, so that no two processes get the same. */
async function takeNumber(journal: Journal, interfaceCode: string): Promise<number> {
  const result = await journal.write([
    {
      query: journal.db
        .insertInto('counters')
        .values({ name: `${PLATFORM_CODE} ${interfaceCode}`, value: 1 })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ value: sql<number>`counters.value + 1` }),
        )
        .returning('value'),
    },
  ])
  const number = result.committed ? Number(result.results[0]?.rows[0]?.['value']) : Number.NaN
  if (!Number.isSafeInteger(number)) {
    throw new GatewayError('INTERNAL', `No number could be taken for ${interfaceCode}.`)
  }
  return number
}

/** A small document as the pieces of one. */
export function wholeDocument(text: string): {
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
} {
  const bytes = Buffer.from(text)
  return { bytes: bytes.length, content: oneBuffer(bytes) }
}

async function* oneBuffer(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
