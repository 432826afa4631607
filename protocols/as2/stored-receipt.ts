import { createHash } from 'node:crypto'
import type { HeaderList } from './message-writer.ts'

/**
 * What was answered to a message, remembered with its flow: the same message gets the same bytes
 * again (RFC 4130 §5.5).
 */
export interface StoredReceipt {
  /** Hexadecimal SHA-256 of the octets that the MIC is over: what was said, however it was wrapped. */
  readonly content: string
  /** Of the answer, or of the POST when it goes to a URL. */
  readonly headers: HeaderList
  /** Undefined when no receipt was asked for. */
  readonly body: Buffer | undefined
}

/** In the protocol memory, by a connection: its Message-ID may be long and strange. */
export function receiptKey(messageId: string): string {
  return `answer:${createHash('sha256').update(messageId).digest('hex')}`
}

export function encodeReceipt({ content, headers, body }: StoredReceipt): string {
  return JSON.stringify({ content, headers, body: body?.toString('base64') ?? null })
}

/** What `encodeReceipt` wrote. */
export function decodeReceipt(text: string): StoredReceipt {
  const stored = JSON.parse(text) as {
    readonly content: string
    readonly headers: HeaderList
    readonly body: string | null
  }
  const { content, headers, body } = stored
  return { content, headers, body: body === null ? undefined : Buffer.from(body, 'base64') }
}
