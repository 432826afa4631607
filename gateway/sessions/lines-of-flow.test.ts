import { expect, test } from 'vitest'
import { linesOfFlow, type TranscriptLine } from './lines-of-flow.ts'

const OWN = 'flw_00000000000000000000000001'
const OTHER = 'flw_00000000000000000000000002'

const line = (name: string, more: Partial<TranscriptLine> = {}): TranscriptLine => ({
  t: 1,
  dir: 'in',
  layer: 'any',
  name,
  ...more,
})
const names = (lines: readonly TranscriptLine[]): readonly string[] => lines.map(({ name }) => name)

test('of exchanges one after the other, those of the flow and those of the session stay', () => {
  const lines = [
    line('CONNECT'),
    line('CREATE a', { exchange: 1 }),
    line('FLOW', { exchange: 1, flowId: OTHER, summary: 'a.xml taken' }),
    line('CREATE b', { exchange: 2 }),
    line('FLOW', { exchange: 2, flowId: OWN, summary: 'b.xml taken' }),
    line('MSG', { exchange: 3 }),
    line('RELEASE'),
  ]
  expect(names(linesOfFlow(lines, OWN))).toEqual(['CONNECT', 'CREATE b', 'FLOW', 'RELEASE'])
})

test('a flow that came again in the session keeps both exchanges', () => {
  const lines = [
    line('POST 1', { exchange: 1 }),
    line('FLOW', { exchange: 1, flowId: OWN, summary: 'a.xml taken' }),
    line('POST 2', { exchange: 2 }),
    line('FLOW', { exchange: 2, flowId: OWN, summary: 'a.xml already-taken' }),
  ]
  expect(linesOfFlow(lines, OWN)).toEqual(lines)
})

test('of things done at once, lines that name the file of another flow go', () => {
  const lines = [
    line('OPEN', { summary: '1 "/depot/a.xml" flags 26' }),
    line('OPEN', { summary: '2 "/depot/b.xml" flags 26' }),
    line('STATUS', { summary: '3 OK' }),
    line('FLOW', { flowId: OTHER, summary: 'a.xml taken' }),
    line('FLOW', { flowId: OWN, summary: 'b.xml taken' }),
  ]
  const kept = linesOfFlow(lines, OWN)
  expect(kept.map(({ summary }) => summary)).toEqual([
    '2 "/depot/b.xml" flags 26',
    '3 OK',
    'b.xml taken',
  ])
})
