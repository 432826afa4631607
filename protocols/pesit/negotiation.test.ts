import { expect, test } from 'vitest'
import {
  acceptAconnect,
  aconnectValues,
  agreeCompression,
  agreeEntityBytes,
  agreeSync,
  ANY_INTERVAL,
  answerConnect,
  attributesWanted,
  compareCounts,
  compressionKind,
  isCompressionAnswerGood,
  restartableTransfer,
  restartedTransfer,
} from './negotiation.ts'
import type { OwnTerms } from './negotiation.ts'
import { PARTNER_PRESETS } from './partner-presets.ts'

const OWN: OwnTerms = {
  sync: { intervalKib: 64, window: 2 },
  mayResynchronise: true,
  compressions: [1, 3],
  maxEntityBytes: 65_535,
}

test.each([
  [undefined, 0, 0],
  [{ intervalKib: 0, window: 2 }, 0, 0],
  [{ intervalKib: 32, window: 4 }, 32, 2],
  [{ intervalKib: ANY_INTERVAL, window: 1 }, 64, 1],
  [{ intervalKib: 1_024, window: 0 }, 64, 0],
])('sync points asked as %j are agreed as %i KiB, window %i', (asked, intervalKib, window) => {
  expect(agreeSync(asked, OWN.sync)).toEqual({ intervalKib, window })
})

test('resynchronisation needs both sides and sync points', () => {
  const asked = { version: 2, access: 0, resynchronisation: 1 }
  expect(answerConnect(asked, OWN)).toMatchObject({ terms: { mayResynchronise: false } })
  const withSync = { ...asked, syncOption: { intervalKib: 32, window: 2 } }
  expect(answerConnect(withSync, OWN)).toMatchObject({ terms: { mayResynchronise: true } })
})

test('conflict 8: version D is refused, anything above E is answered with E', () => {
  expect(answerConnect({ version: 1 }, OWN)).toEqual({ refused: '3/308' })
  const answer = answerConnect({ version: 3 }, OWN)
  expect('terms' in answer && aconnectValues({ version: 3 }, answer.terms).version).toBe(2)
})

test('an answer beyond what was proposed is refused; none at all means no sync points', () => {
  const asked = { version: 2, syncOption: { intervalKib: 32, window: 2 } }
  const greedy = { version: 2, syncOption: { intervalKib: 64, window: 2 } }
  expect(acceptAconnect(asked, greedy)).toEqual({ refused: '3/315' })
  expect(acceptAconnect(asked, { version: 2 })).toMatchObject({
    terms: { sync: { intervalKib: 0 } },
  })
})

test.each([
  [1, true, 1],
  [2, false, 0],
  [3, true, 3],
])('compression %i is answered with %s, %i', (kind, isOn, answered) => {
  expect(agreeCompression({ isOn: true, kind }, OWN.compressions)).toEqual({ isOn, kind: answered })
})

test('an answer may name one kind out of both, never one that was not proposed', () => {
  const kind = (value: number) => ({ isOn: true, kind: value })
  expect(isCompressionAnswerGood(kind(3), kind(2))).toBe(true)
  expect(isCompressionAnswerGood(kind(1), kind(2))).toBe(false)
  expect(isCompressionAnswerGood(undefined, kind(1))).toBe(false)
  expect(isCompressionAnswerGood(kind(1), undefined)).toBe(true)
})

test('the size of entities goes downwards only, and an option names its compression', () => {
  expect([agreeEntityBytes(4_096, 65_535), agreeEntityBytes(65_535, 4_096)]).toEqual([4_096, 4_096])
  expect(compressionKind({ isOn: true, kind: 3 })).toBe('both')
  expect(compressionKind({ isOn: false, kind: 0 })).toBeUndefined()
})

test('conflict 1: the attributes wanted are bits from either end; none asks for what is harmless', () => {
  const all = { logical: true, physical: true, historical: true }
  expect(attributesWanted(0xe0)).toEqual(all)
  expect(attributesWanted(0x07)).toEqual(all)
  expect(attributesWanted(0)).toEqual({ ...all, historical: false })
  expect(attributesWanted(0x80)).toEqual({ logical: true, physical: false, historical: false })
})

test('counts: a peer that counts a restart from its point is told from one that lost bytes', () => {
  const own = { dataBytes: 100n, articles: 10 }
  const from = { dataBytes: 60n, articles: 6 }
  expect(compareCounts({}, own)).toBe('equal')
  expect(compareCounts({ dataBytes: 100n, articles: 9 }, own)).toBe('articles-differ')
  expect(compareCounts({ dataBytes: 40n, articles: 4 }, own, from)).toBe('resumed-part')
  expect(compareCounts({ dataBytes: 99n, articles: 10 }, own, from)).toBe('bytes-differ')
})

test('conflict 18 and 19: each product has its framing and its length of names', () => {
  expect(PARTNER_PRESETS['connect-express'].framingOverTls).toBe('raw')
  expect(PARTNER_PRESETS.cft.maxFileNameCharacters).toBe(14)
  for (const preset of Object.values(PARTNER_PRESETS)) {
    expect(preset.articleBytes + 8).toBeLessThanOrEqual(preset.maxEntityBytes)
  }
})

test('conflict 2: the transfer that a new SELECT names is ignored, that of a restart counts', () => {
  expect(restartedTransfer({ transferId: 0x24cb0e, restarted: 0 })).toBeUndefined()
  expect(restartedTransfer({ transferId: 4_711, restarted: 1 })).toBe(4_711)
})

test('conflict 3: an ACK(SELECT) without a transfer, or with 0, allows no restart', () => {
  expect(restartableTransfer({ transferId: 0 })).toBeUndefined()
  expect(restartableTransfer({})).toBeUndefined()
  expect(restartableTransfer({ transferId: 4_711 })).toBe(4_711)
})
