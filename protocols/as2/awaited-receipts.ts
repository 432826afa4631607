import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { ProtocolMemory } from '../listener.ts'
import { HASHES, type HashName } from './cms/algorithms.ts'
import type { ReadMdn } from './mdn/read-mdn.ts'
import {
  judgeReceipt,
  VERDICTS,
  type AwaitedReceipt,
  type ReceiptVerdictCode,
} from './mdn/receipt-verdict.ts'
import { receiptEvidence } from './receipt-evidence.ts'

/** What a receipt that was posted to us says of a message of ours. */
export interface LaterReceipt {
  readonly code: ReceiptVerdictCode
  readonly evidence: Readonly<Record<string, string>>
  /** As it came (kept-receipt.ts), base64. */
  readonly receipt?: string
}

/** A receipt may come days after its message (AS2 reference §7: as long as others retry). */
const KEPT_MILLISECONDS = 7 * 86_400_000
/** Another process may have taken the receipt. */
const POLL_MILLISECONDS = 1_000

const AWAITS = 'awaits:'
const RECEIPT = 'receipt:'

/**
 * Receipts that partners post to us later, by the Message-ID that they are about. Durable on both
 * sides: what is awaited before the message leaves, the receipt before it is acknowledged. Any
 * process may send and any other take the receipt.
 */
export class AwaitedReceipts {
  readonly #memory: ProtocolMemory
  readonly #now: () => number
  /** Told when a receipt arrives in this process. */
  readonly #waiting = new Map<string, () => void>()

  constructor(memory: ProtocolMemory, now: () => number) {
    this.#memory = memory
    this.#now = now
  }

  /** Says that a message has been sent, and what its receipt must say. */
  async expect(connectionId: ConnectionId, awaited: AwaitedReceipt): Promise<void> {
    const expiresAt = this.#now() + KEPT_MILLISECONDS
    const key = AWAITS + awaited.messageId
    // Encrypted anew, a message tried again has the same digests: what is signed did not change.
    await this.#memory.putIfAbsent('as2', connectionId, key, written(awaited), expiresAt)
  }

  /** The receipt of a message, when it has come. */
  async find(connectionId: ConnectionId, messageId: string): Promise<LaterReceipt | undefined> {
    const text = await this.#memory.get('as2', connectionId, RECEIPT + messageId)
    return text === undefined ? undefined : (JSON.parse(text) as LaterReceipt)
  }

  /** Waits for it. @throws when `signal` aborts */
  async wait(
    connectionId: ConnectionId,
    messageId: string,
    signal: AbortSignal,
  ): Promise<LaterReceipt> {
    for (;;) {
      signal.throwIfAborted()
      const { promise: told, resolve } = Promise.withResolvers<void>()
      this.#waiting.set(messageId, resolve)
      try {
        const receipt = await this.find(connectionId, messageId)
        if (receipt !== undefined) return receipt
        await Promise.race([told, sleep(POLL_MILLISECONDS, undefined, { signal })])
      } finally {
        this.#waiting.delete(messageId)
      }
    }
  }

  /**
   * Takes a receipt that a partner posted, its signature verified with that partner's certificates.
   * The first one about a message counts.
   * @returns `unknown` when this partner was sent no such message, or it awaits none
   */
  async take(
    connectionId: ConnectionId,
    mdn: ReadMdn & { readonly kept?: Buffer },
  ): Promise<'taken' | 'unknown'> {
    const messageId = mdn.originalMessageId ?? ''
    const text = await this.#memory.get('as2', connectionId, AWAITS + messageId)
    const awaited = text === undefined ? undefined : read(messageId, text)
    if (awaited === undefined) return 'unknown'
    const verdict = judgeReceipt(mdn, awaited, this.#now())
    // A signed one was asked for, and anybody can post: without a signature it settles nothing.
    if (awaited.wantsSignature && mdn.signature === undefined) return 'unknown'
    const receipt: LaterReceipt = {
      code: verdict.code,
      evidence: receiptEvidence(verdict, mdn),
      ...(mdn.kept === undefined ? {} : { receipt: mdn.kept.toString('base64') }),
    }
    const expiresAt = this.#now() + KEPT_MILLISECONDS
    const value = JSON.stringify(receipt)
    await this.#memory.putIfAbsent('as2', connectionId, RECEIPT + messageId, value, expiresAt)
    this.#waiting.get(messageId)?.()
    return 'taken'
  }
}

/** Whether the partner has the message, as that receipt says. */
export function isDelivered({ code }: LaterReceipt): boolean {
  return VERDICTS[code].isDelivered
}

function written({ digests, wantsSignature, isSigned }: AwaitedReceipt): string {
  const hex = [...digests].map(([name, digest]) => [name, digest.toString('hex')])
  return JSON.stringify({ digests: Object.fromEntries(hex), wantsSignature, isSigned })
}

function read(messageId: string, text: string): AwaitedReceipt {
  const { digests, wantsSignature, isSigned } = JSON.parse(text) as {
    digests: Partial<Record<HashName, string>>
    wantsSignature: boolean
    isSigned: boolean
  }
  const known = HASHES.flatMap(({ name }) => {
    const digest = digests[name]
    return digest === undefined ? [] : [[name, Buffer.from(digest, 'hex')] as const]
  })
  return { messageId, digests: new Map(known), wantsSignature, isSigned }
}
