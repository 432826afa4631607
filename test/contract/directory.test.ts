import { describe, expect, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { DEFAULT_DIRECTORY } from '../../gateway/directory/default-directory.ts'
import type { DirectoryEntry } from '../../gateway/directory/directory.ts'
import { JournaledDirectory } from '../../gateway/directory/journaled-directory.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'

const entry = (siret: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  ...DEFAULT_DIRECTORY[0]!,
  siret,
  name: `Structure ${siret}`,
  ...more,
})

describe.each(JOURNAL_ADAPTERS)('the directory on $name', (adapter) => {
  const open = async (environment: 'qualification' | 'production' = 'production') => {
    const journal = await (await adapter.prepare()).open()
    const clock = new OffsetClock()
    return {
      directory: await JournaledDirectory.open({ journal, clock, environment }),
      again: () => JournaledDirectory.open({ journal, clock, environment }),
    }
  }

  test('is empty in production, and begins with the default structures in qualification', async () => {
    const production = await open()
    expect(await production.directory.list({ limit: 10 })).toEqual({ items: [], next: null })
    const { directory, again } = await open('qualification')
    const { items } = await directory.list({ limit: 500 })
    expect(items).toHaveLength(DEFAULT_DIRECTORY.length)
    expect(items.every(({ origin }) => origin === 'default')).toBe(true)
    // What was edited since stays as it is when the gateway starts again.
    const { siret } = DEFAULT_DIRECTORY[0]!
    await directory.put([entry(siret, { isActive: false })], 'edited')
    expect((await (await again()).show(siret))?.isActive).toBe(false)
  })

  test('gives many structures at once, and none that it does not know', async () => {
    const { directory } = await open()
    const sirets = Array.from({ length: 2_500 }, (_, index) => String(10_000_000_000_000 + index))
    await directory.put(
      sirets.map((siret) => entry(siret)),
      'imported',
    )
    const found = await directory.find([...sirets.slice(0, 400), '99999999999999'])
    expect(found.size).toBe(400)
    expect(found.get(sirets[7]!)).toEqual(entry(sirets[7]!))
  })

  test('is listed page by page, by SIRET, name and state', async () => {
    const { directory } = await open()
    await directory.put(
      [
        entry('10000000000001', { name: 'Ville de Lyon' }),
        entry('10000000000002', { name: 'Ville de Nice', isActive: false }),
        entry('20000000000003', { name: '100 % Ville' }),
      ],
      'edited',
    )
    const sirets = async (criteria: Partial<Parameters<typeof directory.list>[0]>) => {
      const { items, next } = await directory.list({ limit: 10, ...criteria })
      return [...items.map(({ siret }) => siret.at(-1)), next]
    }
    expect(await sirets({ limit: 2 })).toEqual(['1', '2', '10000000000002'])
    expect(await sirets({ after: '10000000000002' })).toEqual(['3', null])
    expect(await sirets({ text: '1000' })).toEqual(['1', '2', null])
    expect(await sirets({ text: 'ville de' })).toEqual(['1', '2', null])
    expect(await sirets({ text: '0 %' })).toEqual(['3', null])
    expect(await sirets({ isActive: false })).toEqual(['2', null])
  })

  test('learns structures that it does not know, and leaves the others alone', async () => {
    const { directory } = await open()
    await directory.put([entry('10000000000001', { needsService: true })], 'edited')
    await directory.learn([
      { siret: '10000000000001', name: 'Autre nom' },
      { siret: '10000000000002', name: 'N'.repeat(200) },
    ])
    expect((await directory.show('10000000000001'))?.needsService).toBe(true)
    const learned = await directory.show('10000000000002')
    expect(learned).toMatchObject({ origin: 'learned', isActive: true })
    expect(learned?.name).toHaveLength(80)
  })

  test('forgets a structure once', async () => {
    const { directory } = await open()
    await directory.put([entry('10000000000001')], 'edited')
    expect(await directory.remove('10000000000001')).toBe(true)
    expect(await directory.remove('10000000000001')).toBe(false)
    expect(await directory.show('10000000000001')).toBeUndefined()
  })
})
