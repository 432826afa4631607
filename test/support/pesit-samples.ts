import { createHash } from 'node:crypto'
import { flowName } from './door-ground.ts'
import type { SendOrder } from './pesit-peer/initiator-orders.ts'
import type { PesitLink } from './pesit-peer/pesit-link.ts'

/** Sync points every 4 KiB, two without an answer. */
export const SYNC = { intervalKib: 4, window: 2 }
export const ARTICLE_BYTES = 1_024

/** Runs, literals and columns that repeat from one article to the next. */
export function sampleContent(bytes: number): Buffer {
  return Buffer.from(
    Array.from({ length: bytes }, (_, n) =>
      n % 64 < 20 ? 0x20 : n % 64 < 50 ? (n * 7 + (n >> 8)) % 251 : n % 64,
    ),
  )
}

export const CONTENT = sampleContent(200 * ARTICLE_BYTES + 123)

/** A flow of SIM123, named as by default. */
export function sendOrder(more: Partial<SendOrder> = {}): SendOrder {
  return {
    fileName: 'FSO1110A',
    label: flowName(1),
    articleBytes: ARTICLE_BYTES,
    content: CONTENT,
    ...more,
  }
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** For every dialogue: the peer, written from the reference alone, found nothing to remark on. */
export function requireNoViolations(links: readonly PesitLink[]): void {
  const violations = links.flatMap((link) => link.violations)
  if (violations.length > 0) throw new Error(`against the reference: ${violations.join('; ')}`)
}
