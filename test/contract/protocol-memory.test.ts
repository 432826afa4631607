import { describe, expect, onTestFinished, test } from 'vitest'
import { createProtocolMemory, type JournalMemory } from '../../gateway/protocol-memory.ts'
import { type DoorGround, openDoorGround, PARTNER, TWIN } from '../support/door-ground.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('the memory of a protocol', () => {
  test('keeps the value that was there first', async () => {
    const { memory } = await opened()
    expect(await memory.putIfAbsent('as2', PARTNER, 'message-1', 'receipt')).toBe('receipt')
    expect(await memory.putIfAbsent('as2', PARTNER, 'message-1', 'other')).toBe('receipt')
    expect(await memory.get('as2', PARTNER, 'message-1')).toBe('receipt')
    expect(await memory.get('as2', PARTNER, 'message-2')).toBeUndefined()
  })

  test('gives everybody who writes at once the same answer', async () => {
    const { memory } = await opened()
    const standing = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        memory.putIfAbsent('as2', PARTNER, 'message-1', `receipt ${index}`),
      ),
    )
    expect(new Set(standing).size).toBe(1)
  })

  test('holds protocols and connections apart', async () => {
    const { memory } = await opened()
    await memory.putIfAbsent('as2', PARTNER, 'key', 'one')
    await memory.putIfAbsent('as2', TWIN, 'key', 'two')
    await memory.putIfAbsent('pesit', PARTNER, 'key', 'three')
    expect(await memory.get('as2', TWIN, 'key')).toBe('two')
    await memory.remove('as2', PARTNER, 'key')
    expect(await memory.get('as2', PARTNER, 'key')).toBeUndefined()
    expect(await memory.get('pesit', PARTNER, 'key')).toBe('three')
  })

  test('lists by the beginning of the key, as it is written', async () => {
    const { memory } = await opened()
    for (const key of ['point/2', 'point/1', 'Point/3', 'p%', 'pé', 'other']) {
      await memory.putIfAbsent('pesit', PARTNER, key, key.toUpperCase())
    }
    expect(await memory.list('pesit', PARTNER, 'point/')).toEqual([
      { key: 'point/1', value: 'POINT/1' },
      { key: 'point/2', value: 'POINT/2' },
    ])
    expect(await memory.list('pesit', PARTNER, 'p%')).toHaveLength(1)
    expect(await memory.list('pesit', PARTNER, 'pé')).toHaveLength(1)
    expect(await memory.list('pesit', PARTNER, '')).toHaveLength(6)
  })

  test('forgets at the time it was told, and the key is free again', async () => {
    const { ground, memory } = await opened()
    const soon = ground.clock.now() + 10_000
    await memory.putIfAbsent('as2', PARTNER, 'short', 'old', soon)
    await memory.putIfAbsent('as2', PARTNER, 'long', 'kept')
    ground.clock.setOffset(10_001)
    expect(await memory.get('as2', PARTNER, 'short')).toBeUndefined()
    expect(await memory.list('as2', PARTNER, '')).toMatchObject([{ key: 'long' }])
    expect(await memory.putIfAbsent('as2', PARTNER, 'short', 'new')).toBe('new')
  })

  test('removes what has expired, and only that', async () => {
    const { ground, memory } = await opened()
    for (const key of ['a', 'b', 'c']) {
      await memory.putIfAbsent('as2', PARTNER, key, 'value', ground.clock.now() + 1_000)
    }
    await memory.putIfAbsent('as2', PARTNER, 'd', 'value')
    expect(await memory.expire()).toBe(0)
    ground.clock.setOffset(2_000)
    expect(await memory.expire()).toBe(3)
    expect(await memory.list('as2', PARTNER, '')).toMatchObject([{ key: 'd' }])
  })
})

async function opened(): Promise<{ ground: DoorGround; memory: JournalMemory }> {
  const ground = await openDoorGround(await temporaryFolder())
  onTestFinished(() => ground.close())
  return { ground, memory: createProtocolMemory(ground) }
}
