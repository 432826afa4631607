import { expect, test } from 'vitest'
import { Places } from './places.ts'

const here = (): AbortSignal => new AbortController().signal

test('so many go on at a time, the next when one leaves, in their order', async () => {
  const places = new Places('it', { atATime: 1, maxWaiting: 2 })
  const entered: string[] = []
  const enter = async (name: string, signal = here()) => {
    const leave = await places.enter(signal)
    if (leave !== undefined) entered.push(name)
    return leave
  }
  const first = await enter('first')
  const [second, third] = [enter('second'), enter('third')]
  await expect(places.enter(here())).rejects.toMatchObject({ code: 'API_BUSY' })
  expect(entered).toEqual(['first'])
  first?.()
  const leave = await second
  leave?.()
  await third
  expect(entered).toEqual(['first', 'second', 'third'])
})

test('who is gone while he waits takes no place', async () => {
  const places = new Places('it', { atATime: 1, maxWaiting: 2 })
  const leave = await places.enter(here())
  const gone = new AbortController()
  const waiting = places.enter(gone.signal)
  gone.abort()
  expect(await waiting).toBeUndefined()
  expect(await places.enter(gone.signal)).toBeUndefined()
  leave?.()
  expect(await places.enter(here())).toBeTypeOf('function')
})
