import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { FaultName } from '../../../gateway/faults/fault-table.ts'
import type { As2ExchangePartner } from '../exchange/over-as2.ts'

/** What a partner sees of a fault on a receipt that is posted to it. */
export interface ReceiptObservation {
  readonly values?: Readonly<Record<string, number>>
  /** @param names of two flows that it may send */
  see(partner: As2ExchangePartner, names: readonly [string, string], content: Buffer): Promise<void>
}

const ACCEPTED = /^exit 0, HTTP 20[02]$/
const PATIENCE = { timeout: 60_000 }

export const RECEIPT_OBSERVATIONS: Readonly<Partial<Record<FaultName, ReceiptObservation>>> = {
  'mdn-late': {
    values: { seconds: 1 },
    async see(partner, [name], content) {
      const before = partner.receipts.length
      const start = performance.now()
      expect(await partner.tellLater(name, content)).toMatch(ACCEPTED)
      await expect.poll(() => partner.receipts.length, PATIENCE).toBe(before + 1)
      expect(performance.now() - start).toBeGreaterThan(950)
    },
  },
  'mdn-lost': {
    async see(partner, [lost, next], content) {
      const before = partner.receipts.length
      expect(await partner.tellLater(lost, content)).toMatch(ACCEPTED)
      await sleep(500)
      expect(partner.receipts.length).toBe(before)
      // The one behind it comes.
      expect(await partner.tellLater(next, content)).toMatch(ACCEPTED)
      await expect.poll(() => partner.receipts.length, PATIENCE).toBe(before + 1)
    },
  },
  'mdn-duplicate': {
    async see(partner, [name], content) {
      const before = partner.receipts.length
      expect(await partner.tellLater(name, content)).toMatch(ACCEPTED)
      await expect.poll(() => partner.receipts.length, PATIENCE).toBe(before + 2)
      const ids = partner.receipts
        .slice(before)
        .map((receipt) => /^Original-Message-ID: (.*)\r$/im.exec(receipt)?.[1])
      expect(new Set(ids).size).toBe(1)
    },
  },
}
