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

/** A document of a return flow. */
export interface IssuedDocument {
  /** Behind the name of the flow, where there are several: `_1`. */
  readonly suffix?: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
}

/** A return flow to be. */
export interface IssueOrder {
  readonly connectionId: ConnectionId
  readonly interfaceCode: string
  readonly kind: Exclude<ReturnFlowKind, 'report'>
  /**
   * The documents, once its number is known; the pieces are asked for once. Several need an archive.
   */
  readonly write: (flow: {
    readonly identifier: string
    readonly receiver: string
    readonly producedAt: number
  }) => Promise<readonly IssuedDocument[]>
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
  const documents = await order.write({ identifier, receiver, producedAt: now })
  const packing = packingFor(context, connectionId)
  const content =
    packing === 'xml'
      ? onlyOne(documents).content
      : packTarGz(
          ...documents.map(({ suffix = '', bytes, content: pieces }) => ({
            name: `${name}${suffix}`,
            bytes,
            content: pieces,
          })),
        )
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

/** How return flows to a connection are packed: a bare document holds one. */
export function packingFor(
  { packingOf, report }: Pick<IssueContext, 'packingOf' | 'report'>,
  connectionId: ConnectionId,
): 'tar.gz' | 'xml' {
  return packingOf(connectionId) ?? report.packing
}

function onlyOne(documents: readonly IssuedDocument[]): IssuedDocument {
  const [document, second] = documents
  if (document === undefined || second !== undefined) {
    throw new GatewayError('INTERNAL', `${documents.length} documents for a flow of one.`)
  }
  return document
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

/** A small document as the only one of its flow. */
export function wholeDocument(text: string): readonly IssuedDocument[] {
  return [smallDocument(text)]
}

/** A small document among those of a flow. */
export function smallDocument(text: string, suffix?: string): IssuedDocument {
  const bytes = Buffer.from(text)
  const document = { bytes: bytes.length, content: oneBuffer(bytes) }
  return suffix === undefined ? document : { ...document, suffix }
}

async function* oneBuffer(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
