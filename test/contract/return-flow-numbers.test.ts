import { describe, expect, test } from 'vitest'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { issueReturnFlow, wholeDocument } from '../../processing/returns/issue-return-flow.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { openPushPlace, type PushPlace } from '../support/push-place.ts'

describe.each(JOURNAL_ADAPTERS)('numbers of return flows, on $name', (adapter) => {
  test('go on after a restart, and one whose flow did not come about is not given again', async () => {
    const journalPlace = await adapter.prepare()
    const first = await journalPlace.open()
    const place = await openPushPlace(first, journalPlace.dataFolder)
    await place.addPartner(1, 9)
    expect(await issue(first, place)).toMatch(/^FEN1200A_PSH001_CPP0011200000000000000001/)
    const gap = await issueReturnFlow(contextOf(first, place), {
      ...ORDER,
      statements: () => [
        { query: first.db.deleteFrom('facts').where('name', '=', 'none'), expectRows: 1 },
      ],
    })
    expect(gap).toBeUndefined()
    await place.close()
    await first.close()
    const second = await journalPlace.open()
    const reopened = await openPushPlace(second, journalPlace.dataFolder)
    expect(await issue(second, reopened)).toMatch(/CPP0011200000000000000003\.tar\.gz$/)
    await reopened.close()
  })

  test.skipIf(adapter.isExclusive)('are given once by two processes at the same time', async () => {
    const journalPlace = await adapter.prepare()
    const journals = [await journalPlace.open(), await journalPlace.open()]
    const place = await openPushPlace(journals[0]!, journalPlace.dataFolder)
    await place.addPartner(1, 9)
    const names = await Promise.all(
      Array.from({ length: 40 }, (_, index) => issue(journals[index % 2]!, place)),
    )
    const numbers = names.map((name) => Number(name?.slice(27, 42))).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    await place.close()
  })
})

const ORDER = {
  connectionId: 'cnx_0001',
  interfaceCode: 'FEN1200A',
  kind: 'life-cycle',
  write: async () => wholeDocument('<a/>'),
  statements: () => [],
} as const

const contextOf = (journal: Journal, { payloads, clock }: PushPlace) => ({
  journal,
  payloads,
  clock,
  offerReturnFlow: (returnFlow: Parameters<typeof offerReturnFlow>[1]) =>
    offerReturnFlow(journal, returnFlow),
  report: { packing: 'tar.gz', availableSeconds: 60 } as const,
  packingOf: () => undefined,
})

async function issue(journal: Journal, place: PushPlace): Promise<string | undefined> {
  return (await issueReturnFlow(contextOf(journal, place), ORDER))?.fileName
}
