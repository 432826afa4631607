import type { As2Keys } from '../../gateway/as2-keys.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import type { PartnerConnection, StagedFile } from '../listener.ts'
import { Candidates } from './candidates.ts'
import { unmetDemand } from './demands.ts'
import { FaultOnDemand, passFault } from './fault-points.ts'
import { flowFileName } from './flow-file-name.ts'
import type { ExchangeStart } from './message-exchange.ts'
import { faultOf, MessageFault } from './message-fault.ts'
import { KeptHead } from './kept-head.ts'
import { keptReceipt } from './kept-receipt.ts'
import { MessageReader, type MessageFacts, type OpenedMessage } from './message-reader.ts'
import { isMdn, readOpenedMdn, type ReadMdn } from './mdn/read-mdn.ts'
import { receiptHashOf } from './receipt-answer.ts'
import type { ReceptionParts } from './reception-parts.ts'
import { stagePayload } from './staged-message.ts'

/** Compression may show its ratio only from here on (AS2 reference §9). */
const FREE_INFLATED_BYTES = 10 * 1024 * 1024
/** Receipts are a few thousand bytes long: of what is longer nothing is kept. */
const MAX_KEPT_RECEIPT_BYTES = 64 * 1024
/** Of every receipt that is not in one piece with its signature. */
const MULTIPART = /^\s*multipart\//i
/** MIME around a payload of the largest size, before compression. */
const MIME_BYTES = 1024 * 1024

/** What was found out about a message; its payload is out of sight until it is taken. */
export type Judgement =
  | {
      readonly kind: 'receipt'
      /** With its octets, when they are few enough to be kept (kept-receipt.ts). */
      readonly mdn: ReadMdn & { readonly kept?: Buffer }
      readonly owner: PartnerConnection | undefined
    }
  | {
      readonly kind: 'fault'
      readonly fault: MessageFault
      readonly facts: MessageFacts
      readonly owner: PartnerConnection | undefined
    }
  | {
      readonly kind: 'refused'
      readonly owner: PartnerConnection
      readonly code: RefusalCode
      readonly reason: string
      readonly fileName: string
      readonly facts: MessageFacts
    }
  | {
      readonly kind: 'good'
      /** Whose it is, of those that have its names. */
      readonly owner: PartnerConnection
      readonly fileName: string
      readonly facts: MessageFacts
    }

/**
 * Opens a message and stages its payload while it arrives; every check of what it is.
 * @throws StagingLimit, FaultOnDemand, and what is no fault of the message
 */
export async function judgeMessage(
  parts: ReceptionParts,
  start: ExchangeStart,
  keys: As2Keys,
  file: StagedFile,
): Promise<Judgement> {
  const { services } = parts
  const { post, connection, stranger } = start
  const candidates = await Candidates.of(services, stranger ? [] : start.candidates)
  const reader = readerFor(parts, start, keys, candidates)
  const owner = () => candidates.ownerOf(reader.facts)
  try {
    const head = new KeptHead(MAX_KEPT_RECEIPT_BYTES)
    const mayBeReceipt = MULTIPART.test(post.headers.get('content-type') ?? '')
    const opened = await reader.open(post.headers, mayBeReceipt ? head.of(post.body) : post.body)
    if (isMdn(opened)) {
      const mdn = await readOpenedMdn(opened, reader, connection.as2!.policy)
      const kept = mayBeReceipt ? head.bytes : undefined
      if (kept === undefined) return { kind: 'receipt', mdn, owner: owner() }
      const whole = { ...mdn, kept: keptReceipt(post.headers, kept) }
      return { kind: 'receipt', mdn: whole, owner: owner() }
    }
    head.forget()
    const pass = async (bytes: number): Promise<void> => {
      if (stranger !== undefined) return
      const instead = await passFault(services, 'data', start, { bytes, asker: start })
      if (instead !== undefined) throw new FaultOnDemand(instead)
    }
    await stagePayload(file, opened.payload, services, connection, pass)
    return named(parts, start, opened, reader.facts, owner())
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { kind: 'fault', fault, facts: reader.facts, owner: undefined }
  }
}

function readerFor(
  { services, settings, threads }: ReceptionParts,
  { request }: ExchangeStart,
  keys: As2Keys,
  { registered, legacy, quirks }: Candidates,
): MessageReader {
  return new MessageReader({
    keys: keys.all,
    registered,
    isRegistered: services.isRegistered,
    legacy,
    quirks,
    inflation: {
      maxBytes: services.limits.maxFlowBytes + MIME_BYTES,
      maxRatio: settings.maxCompressionRatio,
      freeBytes: FREE_INFLATED_BYTES,
    },
    micHashes: [receiptHashOf(request, legacy)],
    threads,
  })
}

/** What is left once the payload is there and its signature holds. */
function named(
  { services }: ReceptionParts,
  { post, connection }: ExchangeStart,
  opened: OpenedMessage,
  facts: MessageFacts,
  owner: PartnerConnection | undefined,
): Judgement {
  const { policy } = (owner ?? connection).as2!
  const unmet = unmetDemand(facts, policy)
  if (unmet !== undefined) return { kind: 'fault', fault: unmet, facts, owner }
  if (owner === undefined) return { kind: 'fault', fault: nobodys(), facts, owner }
  const fileName = flowFileName(opened.headers, post.headers, policy)
  const code = services.checkName(owner, fileName)
  if (code === undefined) return { kind: 'good', owner, fileName, facts }
  const reason = fileName === '' ? 'No part of the message names the flow.' : 'The name is refused.'
  return { kind: 'refused', owner, code, reason, fileName, facts }
}

const nobodys = (): MessageFault =>
  new MessageFault('signer', 'Several connections have these names, and no signature says which')
