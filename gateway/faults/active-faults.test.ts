import { expect, test } from 'vitest'
import type { FaultId } from '../flow.ts'
import { ActiveFaults, type ActiveFault } from './active-faults.ts'
import { FAULTS, FAULT_NAMES, findFault, type FaultRow } from './fault-table.ts'
import { faultValues } from './fault-values.ts'

const fault = (more: Partial<ActiveFault> & Pick<ActiveFault, 'name'>): ActiveFault => ({
  id: 'flt_1',
  values: {},
  protocol: null,
  connectionId: null,
  interfaceCode: null,
  chancePpm: 1_000_000,
  remaining: null,
  endsAt: 1_000,
  ...more,
})

function active(...faults: readonly ActiveFault[]) {
  const hits: FaultId[] = []
  let time = 0
  let chance = 0
  const memory = new ActiveFaults({
    hit: ({ id }) => hits.push(id),
    now: () => time,
    random: () => chance,
  })
  memory.replace(faults)
  return {
    memory,
    hits,
    at: (milliseconds: number) => {
      time = milliseconds
    },
    roll: (share: number) => {
      chance = share
    },
  }
}

test('a fault acts at its own point only, until its time is over', () => {
  const { memory, hits, at } = active(fault({ name: 'no-answer' }))
  expect(memory.at('open', { protocol: 'sftp' })).toBeUndefined()
  expect(memory.at('before-acknowledge', { protocol: 'sftp' })).toEqual({ kind: 'cut' })
  at(1_000)
  expect(memory.at('before-acknowledge', { protocol: 'sftp' })).toBeUndefined()
  expect(hits).toEqual(['flt_1'])
  expect(memory.count).toBe(0)
})

test('a fault of so many hits acts so many times, also while the journal learns of them', () => {
  const twice = fault({ name: 'no-answer', remaining: 2 })
  const { memory } = active(twice)
  const acts = () => memory.at('before-acknowledge', { protocol: 'as2' }) !== undefined
  expect(acts()).toBe(true)
  // Read again before the first hit is in the journal.
  memory.replace([twice])
  expect([acts(), acts(), acts()]).toEqual([true, false, false])
})

test('scope: connection, protocol, interface code and the bytes of the transfer', () => {
  const { memory } = active(
    fault({
      name: 'cut-transfer',
      values: { bytes: 100 },
      protocol: 'pesit',
      connectionId: 'cnx_a',
      interfaceCode: 'FSO1110A',
    }),
  )
  const whole = {
    protocol: 'pesit',
    connectionId: 'cnx_a',
    interfaceCode: 'FSO1110A',
    bytes: 100,
  } as const
  expect(memory.at('data', whole)).toEqual({ kind: 'cut' })
  expect(memory.at('data', { ...whole, bytes: 99 })).toBeUndefined()
  expect(memory.at('data', { ...whole, protocol: 'sftp' })).toBeUndefined()
  expect(memory.at('data', { ...whole, connectionId: 'cnx_b' })).toBeUndefined()
  expect(memory.at('data', { ...whole, interfaceCode: 'FSO1117A' })).toBeUndefined()
  expect(memory.at('data', {})).toBeUndefined()
})

test('a fault of one protocol never acts on another', () => {
  const { memory } = active(fault({ name: 'mdn-negative', values: { disposition: 'x' } }))
  expect(memory.at('before-acknowledge', { protocol: 'sftp' })).toBeUndefined()
  expect(memory.at('before-acknowledge', { protocol: 'as2' })).toEqual({
    kind: 'answer',
    name: 'mdn-negative',
    value: 'x',
  })
})

test('a fault with a chance acts in that share of the cases', () => {
  const { memory, roll } = active(fault({ name: 'hang', chancePpm: 100_000 }))
  roll(0.099)
  expect(memory.at('accept', { protocol: 'sftp' })).toEqual({ kind: 'hang' })
  roll(0.1)
  expect(memory.at('accept', { protocol: 'sftp' })).toBeUndefined()
})

test('who asks again and again is drawn for once, whatever chance says later', () => {
  const name = 'cut-transfer'
  const { memory, roll } = active(fault({ name, values: { bytes: 10 }, chancePpm: 500_000 }))
  const ask = (asker: object, bytes: number) =>
    memory.at('data', { protocol: 'pesit', bytes, asker }) !== undefined
  const [lucky, unlucky] = [{}, {}]
  roll(0.5)
  expect([ask(lucky, 5), ask(lucky, 10)]).toEqual([false, false])
  roll(0)
  // It was drawn for at its byte, and not before.
  expect([ask(lucky, 20), ask(unlucky, 9), ask(unlucky, 20)]).toEqual([false, false, true])
})

test('a fault of a dialogue acts at its step only', () => {
  const { memory } = active(
    fault({ name: 'pesit-abort', values: { phase: 'open', diagnostic: '3/399' } }),
  )
  const at = (step: string) => memory.at('dialogue', { protocol: 'pesit', dialogue: { step } })
  expect(at('create')).toBeUndefined()
  expect(memory.at('dialogue', { protocol: 'pesit' })).toBeUndefined()
  expect(at('open')).toEqual({ kind: 'answer', name: 'abort', value: '3/399' })
})

test('every row of the catalogue makes an action of its defaults, and has both languages', () => {
  for (const name of FAULT_NAMES) {
    const row: FaultRow = FAULTS[name]
    const checked = faultValues(row, {})
    if (!('values' in checked)) throw new Error(`${name}: ${checked.message.en}`)
    expect(row.action(checked.values).kind, name).toBeTruthy()
    for (const text of [row.label, row.seen]) {
      expect(text.en, name).not.toBe('')
      expect(text.fr, name).not.toBe('')
    }
  }
})

test('values are checked: what is no parameter, out of range or no choice is named', () => {
  const cut = findFault('cut-transfer')!
  expect(faultValues(cut, { bytes: '1024' })).toEqual({ values: { bytes: 1_024 } })
  expect(faultValues(cut, { bytes: -1 })).toMatchObject({ field: 'values.bytes' })
  expect(faultValues(cut, { octets: 1 })).toMatchObject({ field: 'values.octets' })
  expect(faultValues(findFault('http-error')!, { status: 500 })).toEqual({
    values: { status: '500' },
  })
  expect(faultValues(findFault('http-error')!, { status: '418' })).toMatchObject({
    field: 'values.status',
  })
  expect(findFault('constructor')).toBeUndefined()
})
