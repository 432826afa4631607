import { describe, expect, test } from 'vitest'
import { JournaledDirectory } from '../../gateway/directory/journaled-directory.ts'
import { PLAIN_ENTRY } from '../../gateway/directory/plain-entry.ts'
import { readDirectoryXml } from '../../processing/directory/far0037.ts'
import { DIRECTORY_SCHEMA } from '../../processing/directory/far0037-schema.ts'
import { sendDirectory, sendDirectoryFlows } from '../../processing/directory/directory-flows.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { JOURNAL_ADAPTERS, type JournalAdapter } from '../support/journal-adapters.ts'
import { openLifeCycle } from '../support/life-cycle-place.ts'
import { seededRandom } from '../support/seeded-random.ts'

const SCHEMA = new Schema(DIRECTORY_SCHEMA)
const CODE = 'FAR0037A'
const DAY = 86_400

const siret = (number: number): string => String(number).padStart(14, '0')
const entry = (number: number, name = `Structure ${number}`) => ({
  ...PLAIN_ENTRY,
  siret: siret(number),
  name,
})

async function open(adapter: JournalAdapter, publish: 'whole' | 'changes' = 'changes') {
  const place = await openLifeCycle(adapter, { codes: { [CODE]: 'PARTIAL' } })
  const { journal, clock } = place
  const directory = await JournaledDirectory.open({ journal, clock, environment: 'production' })
  const options = { ...place.options, publishing: { publishSeconds: DAY, publish } }
  return { ...place, directory, options }
}

/** Checked against the table, as the structures that it has. */
function structures(xml: string): readonly string[] {
  expect(documentIssues(Buffer.from(xml), SCHEMA)).toEqual([])
  return readDirectoryXml(Buffer.from(xml)).map((one) => one.siret)
}

describe.each(JOURNAL_ADAPTERS)('the directory flow on $name', (adapter) => {
  test('comes whole the first time, then what changed, each day that something did', async () => {
    const place = await open(adapter)
    await place.directory.put(
      Array.from({ length: 1_200 }, (_, n) => entry(n + 1)),
      'imported',
    )
    expect(await sendDirectoryFlows(place.options)).toBe(1)
    expect(await sendDirectoryFlows(place.options)).toBe(0)
    place.clock.pass(DAY)
    expect(await sendDirectoryFlows(place.options)).toBe(0)
    place.clock.pass(60)
    await place.directory.put([entry(7, 'Autre nom'), entry(5_000)], 'edited')
    place.clock.pass(DAY)
    expect(await sendDirectoryFlows(place.options)).toBe(1)
    const [whole, changes] = await place.issued(CODE)
    expect(whole?.name).toBe('FAR0037A_ACM001_CPP0010037000000000000001.tar.gz')
    expect(structures(whole!.xml)).toHaveLength(1_200)
    expect(structures(changes!.xml)).toEqual([siret(7), siret(5_000)])
    expect(changes?.xml).toContain('Autre nom')
  })

  test('says of what left the directory that it is not active any more', async () => {
    const place = await open(adapter)
    const services = ['A', 'B'].map((code) => ({
      code,
      name: null,
      isActive: true,
      needsEngagement: false,
    }))
    await place.directory.put([{ ...entry(1), services }, entry(2), entry(3), entry(4)], 'imported')
    await sendDirectoryFlows(place.options)
    place.clock.pass(1)
    await place.directory.put([{ ...entry(1), services: services.slice(0, 1) }], 'edited')
    expect(await place.directory.remove(siret(2))).toBe(true)
    expect(await place.directory.remove(siret(2))).toBe(false)
    await place.directory.remove(siret(3))
    await place.directory.put([entry(3)], 'edited')
    place.clock.pass(DAY)
    expect(await sendDirectoryFlows(place.options)).toBe(1)
    const [, changes] = await place.issued(CODE)
    expect(documentIssues(Buffer.from(changes!.xml), SCHEMA)).toEqual([])
    expect(readDirectoryXml(Buffer.from(changes!.xml))).toEqual([
      {
        ...entry(1),
        services: [
          { ...services[0], isActive: true },
          { ...services[1], isActive: false },
        ],
      },
      entry(3),
      { ...entry(2), isActive: false },
    ])
    // It was told, and is not told again; the whole does not name it at all.
    place.clock.pass(DAY)
    expect(await sendDirectoryFlows(place.options)).toBe(0)
    await sendDirectory(place.options, 'cnx_partner', undefined)
    const whole = (await place.issued(CODE)).at(-1)!
    expect(structures(whole.xml)).toEqual([siret(1), siret(3), siret(4)])
  })

  test('says so of a structure that lost a service while it was away', async () => {
    const place = await open(adapter)
    const service = { code: 'A', name: 'Achats', isActive: true, needsEngagement: true }
    await place.directory.put([{ ...entry(1), services: [service] }], 'imported')
    await sendDirectoryFlows(place.options)
    place.clock.pass(1)
    await place.directory.remove(siret(1))
    place.clock.pass(1)
    await place.directory.put([entry(1)], 'edited')
    place.clock.pass(DAY)
    await sendDirectoryFlows(place.options)
    const [, changes] = await place.issued(CODE)
    expect(readDirectoryXml(Buffer.from(changes!.xml))).toEqual([
      { ...entry(1), services: [{ ...service, isActive: false }] },
    ])
  })

  test('comes whole again where that is wanted, and at once when it is asked for', async () => {
    const place = await open(adapter, 'whole')
    await place.directory.put([entry(1), entry(2)], 'imported')
    await sendDirectoryFlows(place.options)
    place.clock.pass(DAY)
    await sendDirectoryFlows(place.options)
    place.clock.pass(1)
    const before = place.clock.now()
    place.clock.pass(1)
    await place.directory.put([entry(2, 'Deux')], 'edited')
    await sendDirectory(place.options, 'cnx_partner', before)
    const sent = await place.issued(CODE)
    expect(sent.map(({ xml }) => structures(xml).length)).toEqual([2, 2, 1])
  })

  test('is sent once by several processes', async () => {
    const place = await open(adapter)
    await place.directory.put([entry(1)], 'imported')
    const issued = await Promise.all([1, 2, 3, 4].map(() => sendDirectoryFlows(place.options)))
    expect(issued.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(await place.issued(CODE)).toHaveLength(1)
  })

  test('breaks no structure, whatever the directory holds', async () => {
    const place = await open(adapter)
    const random = seededRandom(1)
    const below = (end: number): number => Math.floor(random() * end)
    const texts = ['A', '<&>"', 'é'.repeat(80), '\u0000\ud800', ' ']
    const text = (): string => texts[below(texts.length)]!
    const flag = (): boolean => below(2) === 0
    const entries = Array.from({ length: 300 }, (_, n) => ({
      ...entry(n + 1, text()),
      isActive: flag(),
      needsService: flag(),
      sendsEdi: flag(),
      isContractingAuthorityOnly: flag(),
      services: Array.from({ length: below(3) }, () => ({
        code: text(),
        name: flag() ? text() : null,
        isActive: flag(),
        needsEngagement: flag(),
      })),
    }))
    // An engine that takes no NUL in a text is not asked to.
    const kept = entries.filter((one) => !JSON.stringify(one).includes('\\u0000'))
    await place.directory.put(kept, 'imported')
    await sendDirectoryFlows(place.options)
    const [{ xml } = { xml: '' }] = await place.issued(CODE)
    expect(documentIssues(Buffer.from(xml), SCHEMA)).toEqual([])
  })
})
