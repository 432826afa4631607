import { expect, test } from 'vitest'
import { readServerEvents, type ServerEvent } from './server-events.ts'

const STREAM = `retry: 2000\nid: 0-0\n\n: heartbeat\nid: 1-0\n\nid: 2-0\nevent: flow\ndata: {"a":"b: c"}\n\n`

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

test.each([1, 2, 7, 1_000])('events come whole out of pieces of %i bytes', async (size) => {
  const events: ServerEvent[] = []
  for await (const event of readServerEvents(cut(STREAM, size))) events.push(event)
  expect(events).toEqual([
    { id: '0-0', name: '', data: '' },
    { id: '1-0', name: '', data: '' },
    { id: '2-0', name: 'flow', data: '{"a":"b: c"}' },
  ])
})
