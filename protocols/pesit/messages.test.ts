import { expect, test } from 'vitest'
import { acknowledgementOf, MessageCollector, splitMessage } from './messages.ts'

const HEAD = { fileType: 0, fileName: 'FACT0001', transferId: 1 }

test('a short message is one FPDU, a long one many, and both come back whole', () => {
  for (const length of [0, 10, 500, 4_096]) {
    const message = { ...HEAD, ...(length > 0 ? { message: 'm'.repeat(length) } : {}) }
    const parts = splitMessage(message, 256)
    const collector = new MessageCollector()
    const got = parts.map(({ name, values }) => collector.add(name, values))
    expect(got.at(-1)).toEqual(message)
    expect(got.slice(0, -1).every((part) => part === undefined)).toBe(true)
    expect(parts.length === 1).toBe(length < 200)
  }
})

test('an endless message and a piece without a begin are refused', () => {
  const collector = new MessageCollector(100)
  expect(() => collector.add('MSGMM', { message: 'x' })).toThrow(/without MSGDM/)
  collector.add('MSGDM', { ...HEAD, message: 'x'.repeat(100) })
  expect(() => collector.add('MSGMM', { message: 'x' })).toThrow(/more than 100/)
})

test('an acknowledgement has the identity of the file, its ends swapped', () => {
  const create = { ...HEAD, requester: 'A', server: 'B', originalSender: 'C', finalReceiver: 'D' }
  expect(acknowledgementOf(create, 'OK')).toEqual({
    ...HEAD,
    requester: 'B',
    server: 'A',
    originalSender: 'D',
    finalReceiver: 'C',
    message: 'OK',
  })
})
