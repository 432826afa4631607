import { expect, test } from 'vitest'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { PutRefused } from './partner-transport.ts'
import { sendLoad, type LoadSender } from './send-load.ts'

const ORDER = { rate: 1_000, count: 10, invoicesPerFlow: 3, connections: 2 }
const SENT = { fileName: 'F', bytes: 100, milliseconds: 7 }

test('every flow is sent once, whichever session is free', async () => {
  const sends = [0, 0]
  const senders = sends.map((_, index): LoadSender => ({
    send: async () => {
      sends[index] = (sends[index] ?? 0) + 1
      return SENT
    },
  }))
  const { outcome, failure } = await sendLoad(ORDER, senders)
  expect(failure).toBeUndefined()
  expect(sends[0]! + sends[1]!).toBe(10)
  expect(outcome).toMatchObject({
    sent: 10,
    accepted: 10,
    refused: 0,
    invoices: 30,
    bytes: 1_000,
    latencyMilliseconds: { p50: 7, p95: 7, p99: 7, max: 7 },
  })
})

test('refused flows are counted by what the gateway said, and the others go on', async () => {
  let number = 0
  const send = async () => {
    number += 1
    if (number % 5 === 0) throw new PutRefused('Not now.')
    return { fileName: 'F', bytes: 1, milliseconds: number }
  }
  const { outcome } = await sendLoad(ORDER, [{ send }])
  expect(outcome).toMatchObject({
    sent: 10,
    accepted: 8,
    refused: 2,
    refusals: [{ message: 'Not now.', count: 2 }],
    latencyMilliseconds: { p50: 4, max: 9 },
  })
})

test('a session that breaks ends the load, and what came before is told', async () => {
  let number = 0
  const gone = new CommandFailure(EXIT.unreachable, 'The line broke.')
  const send = async () => {
    number += 1
    if (number === 4) throw gone
    return SENT
  }
  const { outcome, failure } = await sendLoad(ORDER, [{ send }])
  expect(failure).toBe(gone)
  expect(outcome).toMatchObject({ sent: 3, accepted: 3, failure: 'The line broke.' })
})
