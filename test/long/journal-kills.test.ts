import { describe, expect, test } from 'vitest'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { killJournalWriters } from '../support/journal-kills.ts'

const KILLS = 30

describe.each(JOURNAL_ADAPTERS)('the journal on $name', (adapter) => {
  test(`loses nothing that was acknowledged over ${KILLS} kill -9`, async () => {
    const tally = await killJournalWriters(await adapter.prepare(), KILLS)
    process.stdout.write(`${tally.kills} kills, ${tally.acknowledged} writes acknowledged\n`)
    expect(tally).toMatchObject({ lost: [], torn: [] })
  })
})
