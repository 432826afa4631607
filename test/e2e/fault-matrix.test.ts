import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { configSchema } from '../../config/schema.ts'
import { recommendedName } from '../../config/flow-name.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { actsOn, FAULT_NAMES, FAULTS } from '../../gateway/faults/fault-table.ts'
import type { FaultName, FaultRow } from '../../gateway/faults/fault-table.ts'
import type { FlowDocument, ProtocolName } from '../../gateway/flow.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { listenerOf } from '../support/exchange/register-guest.ts'
import { joinOverAs2 } from '../support/exchange/over-as2.ts'
import { joinOverPesit } from '../support/exchange/over-pesit.ts'
import { joinOverSftp } from '../support/exchange/over-sftp.ts'
import { DOOR_OBSERVATIONS, GOOD } from '../support/faults/door-observations.ts'
import type { PesitExchangePartner } from '../support/exchange/over-pesit.ts'
import type { DoorObservation, PartnersByProtocol } from '../support/faults/door-observations.ts'
import { RECEIPT_OBSERVATIONS } from '../support/faults/receipt-observations.ts'
import { REPORT_OBSERVATIONS } from '../support/faults/report-observations.ts'
import { isInstalled } from '../support/programs.ts'
import { isMetAt } from '../support/table-rows.ts'

const PROTOCOLS = ['sftp', 'as2', 'pesit'] as const
const PROGRAMS = {
  sftp: ['sftp'],
  as2: ['openssl', 'curl'],
  pesit: ['openssl'],
  reader: ['openssl'],
} as const
const CODES = { sftp: 'FLT001', as2: 'FLT002', pesit: 'FLT003', reader: 'FLT004' } as const
/** A partner for each protocol, and one that reads its reports over PeSIT. */
type Way = keyof typeof CODES
type Partners = PartnersByProtocol & { readonly reader: PesitExchangePartner }
const MODES = { FSO1110A: 'PARTIAL', FSO1111A: 'PARTIAL', FEN1200A: 'PARTIAL' } as const
/** Of what can only be seen once a flow is through. */
const isOfReports = (name: FaultName): boolean => FAULTS[name].group === 'processing'
const isOfReceipts = (name: FaultName): boolean => (FAULTS[name] as FaultRow).point === 'receipt'

/** One gateway for the whole matrix, told of faults as an operator does. */
class Ground {
  readonly gateway: Gateway
  readonly client: ApiClient
  readonly partners: Partial<Partners>
  readonly #folder: string
  #sent = 0

  constructor(gateway: Gateway, partners: Partial<Partners>, folder: string) {
    this.#folder = folder
    this.gateway = gateway
    this.client = ApiClient.ofRun(gateway.run)
    this.partners = partners
  }

  static async open(): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'raccord-test-faults-'))
    const door = { port: 0, maxNewPerAddressPerSecond: 10_000, authenticationFloorMilliseconds: 0 }
    const gateway = await startGateway(
      configSchema.parse({
        data: folder,
        sftp: { ...door, authenticationFloorMilliseconds: 1 },
        as2: { ...door, https: false },
        pesit: door,
        api: { port: 0 },
        failedTries: { slowAfter: 10_000, refuseAfter: 10_000 },
        pipeline: { maxAttempts: 2 },
        lifeCycle: { batchSeconds: 0 },
        log: { level: 'silent' },
      }),
    )
    const partners: { -readonly [Name in Way]?: Partners[Name] } = {}
    const guest = (way: Way) => ({
      folder,
      applicationCode: CODES[way],
      modes: MODES,
    })
    if (isHere('sftp')) partners.sftp = await joinOverSftp(gateway, guest('sftp'))
    if (isHere('as2')) partners.as2 = await joinOverAs2(gateway, guest('as2'))
    if (isHere('pesit')) partners.pesit = await joinOverPesit('send')(gateway, guest('pesit'))
    if (isHere('reader')) {
      partners.reader = await joinOverPesit('fetch')(gateway, guest('reader'))
    }
    return new Ground(gateway, partners, folder)
  }

  partner<Name extends Way>(way: Name): Partners[Name] {
    const partner = this.partners[way] as Partners[Name] | undefined
    if (partner === undefined) throw new Error(`no partner over ${way}`)
    return partner
  }

  name(way: Way, code: 'FSO1110A' | 'FSO1111A' = 'FSO1110A'): string {
    this.#sent += 1
    return recommendedName(code, CODES[way], this.#sent, 'tar.gz')
  }

  /** @returns the fault's id */
  async put(name: FaultName, order: Readonly<Record<string, unknown>>): Promise<string> {
    const body = { name, ...order }
    return (await this.client.json<{ id: string }>({ method: 'POST', path: '/faults', body })).id
  }

  /** Meets the next one who comes over that protocol only. */
  putNext(
    name: FaultName,
    protocol: ProtocolName,
    values: Readonly<Record<string, number | string>> = {},
  ): Promise<string> {
    const scope = FAULTS[name].point === 'accept' ? {} : { connection: CODES[protocol] }
    return this.put(name, { values, protocol, next: 1, ...scope })
  }

  async fault(id: string): Promise<{ hits: number; isActive: boolean }> {
    const path = '/faults'
    const query = { ended: 'true', limit: '500' }
    type Answer = { faults: readonly { id: string; hits: number; isActive: boolean }[] }
    const { faults } = await this.client.json<Answer>({ path, query })
    const found = faults.find((one) => one.id === id)
    if (found === undefined) throw new Error(`no fault ${id}`)
    return found
  }

  clear(id: string): Promise<unknown> {
    return this.client.call({ method: 'DELETE', path: `/faults/${id}` })
  }

  /** Those that were taken under this name. */
  async flows(protocol: ProtocolName, name: string): Promise<readonly FlowDocument[]> {
    const { flows } = await this.client.flows({ connection: CODES[protocol], limit: '500' })
    return flows.filter(({ file }) => file.name === name)
  }

  async close(): Promise<void> {
    for (const partner of Object.values(this.partners)) await partner.leave()
    await this.gateway.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const isHere = (way: Way): boolean =>
  PROGRAMS[way].every(isInstalled) || process.env['CI'] === 'true'

/** Long enough to be cut in the middle; no archive, which the pipeline is soon done with. */
const CONTENT = Buffer.from(Array.from({ length: 120_000 }, (_, n) => (n * 7 + (n >> 8)) % 251))

let ground: Ground
beforeAll(async () => {
  ground = await Ground.open()
})
afterEach(() => ground.client.call({ method: 'DELETE', path: '/faults' }))
afterAll(() => ground.close())

async function observeAtTheDoor<Protocol extends ProtocolName>(
  fault: FaultName,
  protocol: Protocol,
  { values = {}, says, taken, send }: DoorObservation<Protocol>,
  isRepeated: boolean,
): Promise<void> {
  const partner = ground.partner(protocol)
  const name = ground.name(protocol)
  const flow = { name, content: CONTENT, ...listenerOf(ground.gateway, protocol) }
  const id = await ground.putNext(fault, protocol, values)
  const said = await (send?.(partner, flow) ?? partner.tell(name, CONTENT))
  expect(said).toMatch(says)
  expect(await ground.fault(id)).toMatchObject({ hits: 1, isActive: false })
  const flows = await ground.flows(protocol, name)
  expect(flows).toHaveLength(taken)
  // Before anybody is known no flow can be marked.
  const isMarked = FAULTS[fault].point !== 'accept' && taken === 1
  const marks = flows.flatMap(({ timeline }) => timeline.filter(({ stage }) => stage === 'fault'))
  expect(marks.map(({ outcome }) => outcome)).toEqual(isMarked ? [`injected: ${fault}`] : [])
  if (!isRepeated) return
  // It is over: the same flow is taken, and counts once.
  expect(await partner.tell(name, CONTENT)).toMatch(GOOD[protocol])
  expect(await ground.flows(protocol, name)).toHaveLength(1)
}

interface DoorCase<Protocol extends ProtocolName> {
  readonly protocol: Protocol
  readonly title: string
  readonly observe: () => Promise<void>
}

/** The first one of a fault is followed by what comes once it is over. */
function casesOf<Protocol extends ProtocolName>(
  fault: FaultName,
  protocol: Protocol,
): readonly DoorCase<Protocol>[] {
  const byProtocol = DOOR_OBSERVATIONS[fault] ?? {}
  const observations: readonly DoorObservation<Protocol>[] = byProtocol[protocol] ?? []
  return observations.map((observation, index) => ({
    protocol,
    title: `${fault} ${Object.values(observation.values ?? {}).join(' ')}`.trim(),
    observe: () => observeAtTheDoor(fault, protocol, observation, index === 0),
  }))
}

/** Whether this fault is met over this protocol: in `npm test` over one of those it acts on. */
const isMetOver = (fault: FaultName, protocol: ProtocolName): boolean => {
  const places = PROTOCOLS.filter((one) => actsOn(FAULTS[fault], one))
  return isMetAt(FAULT_NAMES.indexOf(fault), protocol, places)
}

describe.each(PROTOCOLS)('each fault of the catalogue, seen over %s from outside', (protocol) => {
  const names = FAULT_NAMES.filter((name) => actsOn(FAULTS[name], protocol))

  for (const fault of names.filter((name) => !isOfReports(name) && !isOfReceipts(name))) {
    const cases = casesOf(fault, protocol)
    test(`${fault} is observed`, () => {
      expect(cases.length).toBeGreaterThan(0)
    })
    const met = isMetOver(fault, protocol) ? cases : []
    test.skipIf(!isHere(protocol)).each(met)('$title', async ({ observe }) => {
      await expect(observe()).resolves.toBeUndefined()
    })
  }

  test.skipIf(!isHere(protocol)).each(names.filter(isOfReceipts))('%s', async (fault) => {
    const observe = RECEIPT_OBSERVATIONS[fault]
    expect(observe).toBeDefined()
    const name = ground.name('as2')
    const id = await ground.putNext(fault, 'as2', { ...observe?.values })
    await observe?.see(ground.partner('as2'), [name, ground.name('as2')], CONTENT)
    expect(await ground.fault(id)).toMatchObject({ hits: 1, isActive: false })
  })
})

const WAYS = [
  { name: 'SFTP, fetched', way: 'sftp' },
  { name: 'AS2, pushed', way: 'as2' },
  { name: 'PeSIT, pushed', way: 'pesit' },
  { name: 'PeSIT, fetched by READ', way: 'reader' },
] as const

describe.each(WAYS)('each fault of processing, by the reports over $name', ({ way }) => {
  const ways = WAYS.map((one) => one.way)
  const met = FAULT_NAMES.filter(isOfReports).filter((_, row) => isMetAt(row, way, ways))
  test.skipIf(!isHere(way)).each(met)('%s', async (fault) => {
    const observe = REPORT_OBSERVATIONS[fault]
    expect(observe).toBeDefined()
    await observe?.({
      partner: ground.partner(way),
      client: ground.client,
      newName: () => ground.name(way),
      put: (values, order = { next: 1 }) =>
        ground.put(fault, { values, connection: CODES[way], ...order }),
      clear: (id) => ground.clear(id),
    })
  })
})

/** What the partner of a connection that is not in force is told. */
const NOT_IN_FORCE = {
  sftp: /^exit 255 .*Permission denied/s,
  as2: /^exit 0, HTTP 200, signed, processed\/error: /,
  pesit: /^refused 3\/304/,
} as const

test.skipIf(!PROTOCOLS.every(isHere))(
  'our clock shifted: before its connection began no partner is known, until it is right again',
  async () => {
    const move = (offsetMilliseconds: number) =>
      ground.client.json({ method: 'PUT', path: '/clock', body: { offsetMilliseconds } })
    const tell = (protocol: ProtocolName) =>
      ground.partner(protocol).tell(ground.name(protocol), Buffer.from('short'))
    await move(-3 * 86_400_000)
    try {
      for (const protocol of PROTOCOLS) expect(await tell(protocol)).toMatch(NOT_IN_FORCE[protocol])
    } finally {
      await move(0)
    }
    for (const protocol of PROTOCOLS) expect(await tell(protocol)).toMatch(GOOD[protocol])
  },
)

test('nothing is observed that the catalogue does not have', () => {
  const observed = [DOOR_OBSERVATIONS, RECEIPT_OBSERVATIONS, REPORT_OBSERVATIONS].flatMap((table) =>
    Object.keys(table),
  )
  expect(observed.filter((name) => !FAULT_NAMES.includes(name as FaultName))).toEqual([])
})

describe.skipIf(!isHere('pesit') || !isHere('sftp'))('a fault acts where it was put', () => {
  const tell = (protocol: ProtocolName, code?: 'FSO1110A' | 'FSO1111A'): Promise<string> =>
    ground.partner(protocol).tell(ground.name(protocol, code), Buffer.from('short'))
  const LOST = /closed|reset|lost/i

  test('on one connection, and no other', async () => {
    const id = await ground.put('no-answer', { connection: CODES.pesit })
    expect(await tell('sftp')).toMatch(GOOD.sftp)
    expect(await tell('pesit')).toMatch(LOST)
    await ground.clear(id)
    expect(await tell('pesit')).toMatch(GOOD.pesit)
  })

  test('on one protocol, and no other', async () => {
    const id = await ground.put('no-answer', { protocol: 'sftp' })
    expect(await tell('pesit')).toMatch(GOOD.pesit)
    expect(await tell('sftp')).toMatch(LOST)
    await ground.clear(id)
  })

  test.each(['sftp', 'pesit'] as const)('on one interface code, over %s', async (protocol) => {
    const scope = { connection: CODES[protocol], interfaceCode: 'FSO1111A' }
    for (const fault of ['no-answer', 'cut-transfer'] as const) {
      const values = fault === 'cut-transfer' ? { bytes: 0 } : {}
      const id = await ground.put(fault, { ...scope, values })
      expect(await tell(protocol)).toMatch(GOOD[protocol])
      expect(await tell(protocol, 'FSO1111A')).toMatch(LOST)
      await ground.clear(id)
    }
  })

  test('so many times', async () => {
    await ground.put('no-answer', { connection: CODES.pesit, next: 2 })
    expect(await tell('pesit')).toMatch(LOST)
    expect(await tell('pesit')).toMatch(LOST)
    expect(await tell('pesit')).toMatch(GOOD.pesit)
  })

  test('until its time is over, by itself', async () => {
    const id = await ground.put('no-answer', { connection: CODES.pesit, seconds: 1 })
    await expect
      .poll(async () => (await ground.fault(id)).isActive, { timeout: 60_000 })
      .toBe(false)
    expect(await tell('pesit')).toMatch(GOOD.pesit)
  })

  test('in a share of the cases', async () => {
    const id = await ground.put('no-answer', { connection: CODES.pesit, chance: 1e-6 })
    expect(await tell('pesit')).toMatch(GOOD.pesit)
    await ground.clear(id)
    const even = await ground.put('no-answer', { connection: CODES.pesit, chance: 0.5 })
    const said: string[] = []
    // One way only in sixty: less than once in 10^17.
    while (said.length < 60 && !(said.some(isLost) && !said.every(isLost))) {
      said.push(await tell('pesit'))
    }
    await ground.clear(even)
    expect(said.some(isLost) && !said.every(isLost)).toBe(true)
  })

  const isLost = (said: string): boolean => LOST.test(said)
})
