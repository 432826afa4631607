// What is refused and how (decisions D1, E3), messages, and the rule for each conflict of the
// reference's §14 that a server meets.
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { flowName } from '../support/door-ground.ts'
import { CONTENT, sendOrder, sha256, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { REQUESTER, SERVER, startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import type { InitiatorOptions, SendOrder } from '../support/pesit-peer/initiator-orders.ts'
import { piNumber, piText } from '../support/pesit-peer/fpdu.ts'
import { group, number, octets, text } from '../support/pesit-peer/parameters.ts'
import type { Parameter } from '../support/pesit-peer/parameters.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'

let reception: PesitReception
let peer: PesitInitiator | undefined

async function start(options: PesitReceptionOptions = {}): Promise<void> {
  reception = await startPesitReception(options)
}

async function connect(more: Partial<InitiatorOptions> = {}): Promise<PesitInitiator> {
  peer = await reception.connect({ sync: SYNC, ...more })
  return peer
}

const names = async (): Promise<string[]> => (await reception.flows()).map(({ name }) => name)

afterEach(async () => {
  const links = peer === undefined ? [] : [peer.link]
  peer?.link.cut()
  peer = undefined
  await reception.stop()
  requireNoViolations(links)
})

describe('a name', () => {
  test.each<[string, Partial<SendOrder>, PesitReceptionOptions, string, RegExp]>([
    ['that is missing', { label: ' ' }, {}, '2/226', /PI 37 is missing/],
    ['that PI 12 gainsays', { fileName: 'FSO1111A' }, {}, '2/226', /PI 12 is FSO1111A/],
    ['that breaks the grammar', { label: 'invoices.xml' }, {}, '2/226', /breaks the rule/],
    [
      'of somebody else',
      { label: flowName(1).replaceAll('SIM', 'SAM') },
      {},
      '2/226',
      /application code/,
    ],
    ['that is no alias', {}, { overrides: { naming: 'aliases' } }, '2/226', /no alias/],
    ['for another receiver', { finalReceiver: 'ELSEWHERE' }, {}, '2/226', /PI 62/],
    ['of another sender', { originalSender: 'SOMEBODY' }, {}, '2/226', /PI 61/],
    ['of a message (PI 11)', { fileType: 0xffff }, {}, '2/226', /PI 11/],
    ['of a file that is too large', { reservationKib: 2_000_000 }, {}, '2/206', /PI 42/],
    [
      'where the disk is full',
      {},
      { limits: { minFreeDiskBytes: 2 ** 60 } },
      '2/201',
      /cannot store/,
    ],
    ['where too much is kept', {}, { limits: { maxStagedBytes: 0 } }, '2/206', /unfinished/],
  ])('%s is refused before a byte is sent', async (_, how, options, diagnostic, why) => {
    await start(options)
    const partner = await connect()
    await expect(partner.sendFile(sendOrder(how))).rejects.toMatchObject({
      kind: 'refused',
      diagnostic,
    })
    const answer = partner.link.fpdus('received').find((fpdu) => fpdu.name === 'ACK(CREATE)')!
    expect(piText(answer, 99)).toMatch(why)
    expect(partner.link.names('sent')).not.toContain('ORF')
    expect(await reception.refusals()).toHaveLength(1)
    expect(await names()).toEqual([])
    await partner.release()
  })

  test.each<[string, Partial<SendOrder>, PesitReceptionOptions]>([
    ['in PI 99', { text: flowName(1), label: 'X' }, { overrides: { naming: 'free-text' } }],
    ['in PI 12', { fileName: flowName(1), label: 'X' }, { overrides: { naming: 'file-name' } }],
    ['by the product', { fileName: flowName(1), label: 'X' }, { overrides: { product: 'waarp' } }],
    ['with the names of both ends', { originalSender: REQUESTER, finalReceiver: SERVER }, {}],
    [
      'with a route, where it is relayed',
      { originalSender: 'SOMEBODY', finalReceiver: 'ELSEWHERE' },
      { overrides: { routing: 'relay' } },
    ],
  ])('%s is taken where the connection says so', async (_, how, options) => {
    await start(options)
    const partner = await connect()
    await partner.sendFile(sendOrder(how))
    expect(await names()).toEqual([flowName(1)])
  })

  test('by an alias is made here, and the same for the same transfer', async () => {
    await start({ overrides: { naming: 'aliases', aliases: { INVOICES: 'FSO1110A' } } })
    const partner = await connect()
    const how = { fileName: 'INVOICES', label: 'C:\\out\\batch', created: '261122100000' }
    await partner.sendFile(sendOrder(how))
    await partner.sendFile(sendOrder(how))
    await partner.sendFile(sendOrder({ ...how, transferId: 2 }))
    const made = await names()
    expect(made).toHaveLength(2)
    expect(made[0]).toMatch(/^FSO1110A_SIM123_SIM1231110[0-9A-Z]{15}\.tar\.gz$/)
  })
})

describe('a name that is taken', () => {
  test('with the same content is answered as before', async () => {
    await start()
    const partner = await connect()
    await partner.sendFile(sendOrder())
    await partner.sendFile(sendOrder())
    expect(await names()).toHaveLength(1)
  })

  test('with other content is refused at the end, by 2/299 that says why', async () => {
    await start()
    const partner = await connect()
    await partner.sendFile(sendOrder())
    const other = sendOrder({ content: CONTENT.subarray(1) })
    await expect(partner.sendFile(other)).rejects.toMatchObject({ diagnostic: '2/299' })
    const answers = partner.link.fpdus('received').filter(({ name }) => name === 'ACK(TRANS.END)')
    expect(piText(answers[1]!, 99)).toMatch(/already received/)
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(CONTENT) }])
  })

  test('is refused by 2/204 where re-sending is, but for a restart', async () => {
    await start({ identicalResend: 'refuse' })
    const partner = await connect()
    await partner.sendFile(sendOrder())
    await expect(partner.sendFile(sendOrder())).rejects.toMatchObject({ diagnostic: '2/204' })
    const restart = partner.sendFile(sendOrder({ isRestart: true }))
    await expect(restart).rejects.toMatchObject({ diagnostic: '2/299' })
  })
})

describe('the end of a transfer', () => {
  test('with other bytes than came is refused by 3/319', async () => {
    await start()
    const partner = await connect()
    const claimedCounts = { dataBytes: 5, articles: 201 }
    await expect(partner.sendFile(sendOrder({ claimedCounts }))).rejects.toMatchObject({
      diagnostic: '3/319',
    })
    expect(await names()).toEqual([])
  })

  test.each([
    ['warn', 1],
    ['refuse', 0],
  ] as const)('with other articles than came: %s', async (checkArticles, flows) => {
    await start({ overrides: { checkArticles } })
    const partner = await connect()
    const claimedCounts = { dataBytes: CONTENT.length, articles: 7 }
    await partner.sendFile(sendOrder({ claimedCounts })).catch(() => {})
    expect(await names()).toHaveLength(flows)
    // The count that we answer is the true one, which the peer remarks on.
    partner.link.violations.length = 0
  })
})

describe('a message', () => {
  test('is answered, with a text where one is wanted', async () => {
    await start()
    const partner = await connect()
    const answer = await partner.sendMessage({ fileName: 'X', body: 'hello', transferId: 9 })
    expect([answer.name, piNumber(answer, 13), piText(answer, 91)]).toEqual([
      'ACK(MSG)',
      9,
      undefined,
    ])
    const reply = await partner.sendMessage({ fileName: 'X', body: 'hello', wantsReply: true })
    expect(piText(reply, 91)).toBe('RECEIVED')
  })

  test('in pieces is one message, and files may go between', async () => {
    await start()
    const partner = await connect()
    await partner.sendMessage({ fileName: 'X', body: 'a'.repeat(3_000), pieceBytes: 500 })
    await partner.sendFile(sendOrder())
    await partner.sendMessage({ fileName: 'X', body: 'bye', priority: 1 })
    expect(await names()).toHaveLength(1)
  })

  test('that is too long ends the connection by 3/318', async () => {
    await start()
    const partner = await connect()
    const long = { fileName: 'X', body: 'a'.repeat(5_000), pieceBytes: 2_000 }
    await expect(partner.sendMessage(long)).rejects.toMatchObject({ diagnostic: '3/318' })
  })
})

/** CREATE in full, with what a test changes in it. */
function create(changes: (parts: Parameter[]) => Parameter[] = (parts) => parts): Parameter[] {
  return changes([
    group(9, number(11, 0), text(12, 'FSO1110A')),
    number(13, 1),
    octets(16, 2),
    octets(17, 1),
    number(25, 4_096),
    group(30, octets(31, 0x80), number(32, 1_024), text(37, flowName(1))),
    group(40, octets(41, 0), number(42, 1)),
    group(50, text(51, '261122100000')),
  ])
}

describe('liberties that peers take', () => {
  /** Opens the file after a CREATE of our own making, up to ACK(WRITE). */
  async function begin(parts: Parameter[]): Promise<PesitInitiator> {
    const partner = await connect()
    await partner.ask('CREATE', parts)
    await partner.ask('ORF')
    await partner.ask('WRITE')
    return partner
  }

  async function end(partner: PesitInitiator, dataBytes: number, articles: number): Promise<void> {
    await partner.link.send('DTF.END', [octets(2, 0, 0, 0)])
    await partner.ask('TRANS.END', [number(27, dataBytes), number(28, articles)])
  }

  test.each([
    ['with the length (Connect:Express)', Buffer.from('0005414243444500', 'hex').subarray(0, 7)],
    ['without it (observed too)', Buffer.from('ABCDE')],
  ])('octet 6 = 1 of a DTF is one article %s (conflict 4)', async (_, content) => {
    await start()
    const partner = await begin(create())
    await partner.link.send('DTF', content, 1)
    await end(partner, 5, 1)
    expect(await reception.flows()).toMatchObject([
      { bytes: 5, sha256: sha256(Buffer.from('ABCDE')) },
    ])
  })

  test('DTFDA, DTFMA and DTFFA are parts of one article (conflict 5)', async () => {
    await start()
    const partner = await begin(create())
    await partner.link.send('DTFDA', Buffer.from('AB'))
    await partner.link.send('DTFMA', Buffer.from('CD'))
    await partner.link.send('DTFFA', Buffer.from('E'))
    await end(partner, 5, 1)
    const answer = partner.link.fpdus('received').at(-1)!
    expect(piNumber(answer, 28)).toBe(1)
  })

  test('empty articles within a DTF are taken, and nothing behind them is lost', async () => {
    await start()
    const partner = await begin(create())
    await partner.link.send('DTF', Buffer.from('00024142000000034344450000', 'hex'), 4)
    await end(partner, 5, 4)
    expect(await reception.flows()).toMatchObject([{ sha256: sha256(Buffer.from('ABCDE')) }])
  })

  test('a type-1 diagnostic of DTF.END is a warning (conflict 17)', async () => {
    await start()
    const partner = await begin(create())
    await partner.link.send('DTF', Buffer.from('ABCDE'))
    await partner.link.send('DTF.END', [octets(2, 1, 0, 100)])
    await partner.ask('TRANS.END', [number(27, 5), number(28, 1)])
    expect(await names()).toHaveLength(1)
  })

  test.each<[string, (parts: Parameter[]) => Parameter[]]>([
    ['out of order (conflict 9)', (parts) => parts.toReversed()],
    ['with a code nobody knows', (parts) => [...parts, octets(120, 1)]],
    ['without PGI 50', (parts) => parts.filter((_part, at) => at !== 7)],
    ['with PI 29 (conflict 12)', (parts) => [...parts, text(99, 'free')]],
    ['with a security unit that is not wanted', (parts) => [...parts, octets(71, 0)]],
  ])('a CREATE %s is taken', async (_, changes) => {
    await start()
    const partner = await begin(create(changes))
    await partner.link.send('DTF', Buffer.from('ABCDE'))
    await end(partner, 5, 1)
    expect(await names()).toHaveLength(1)
  })

  test.each<[string, (parts: Parameter[]) => Parameter[]]>([
    ['without PGI 9', (parts) => parts.slice(1)],
    ['with a parameter twice', (parts) => [...parts, number(13, 2)]],
    ['that wants security (PI 71)', (parts) => [...parts, octets(71, 1, 1)]],
    ['with an illegal priority', (parts) => parts.with(3, octets(17, 9))],
  ])('a CREATE %s ends the connection by 3/318', async (_, changes) => {
    await start()
    const partner = await connect()
    await expect(partner.ask('CREATE', create(changes))).rejects.toMatchObject({
      kind: 'aborted',
      diagnostic: '3/318',
    })
  })

  test('what is lenient is refused where the connection is strict', async () => {
    await start({ overrides: { strictness: 'strict' } })
    const partner = await connect()
    await expect(
      partner.ask(
        'CREATE',
        create((parts) => parts.toReversed()),
      ),
    ).rejects.toMatchObject({ diagnostic: '3/318' })
  })

  test('more data than the interval allows is tolerated up to an entity (conflict 16)', async () => {
    await start()
    const partner = await connect({ sync: { intervalKib: 1, window: 2 } })
    const late = sendOrder({ content: CONTENT.subarray(0, 3_000), articleBytes: 500 })
    await partner.sendFile({ ...late, maxEntityBytes: 4_096, syncAfterArticles: [5] })
    await expect(
      partner.sendFile({
        ...sendOrder({ label: flowName(2), articleBytes: 500, maxEntityBytes: 600 }),
        syncAfterArticles: [100],
      }),
    ).rejects.toMatchObject({ diagnostic: '2/222' })
  })

  test('lines of a text are given their ends back, those of an archive never', async () => {
    await start()
    const lines = ['<a>', '<b/>', '</a>'].map((line) => Buffer.from(line))
    const partner = await connect()
    const label = flowName(1).replace('.tar.gz', '.xml')
    await partner.sendFile({ fileName: 'FSO1110A', label, dataCode: 0, articles: lines })
    await partner.sendFile(sendOrder({ label: flowName(2), dataCode: 0 }))
    const flows = await reception.flows()
    expect(flows[0]?.sha256).toBe(sha256(Buffer.from('<a>\n<b/>\n</a>\n')))
    expect(flows[1]?.sha256).toBe(sha256(CONTENT))
  })
})

test('the transcript has every FPDU by name with its bytes, and no secret', async () => {
  await start()
  const partner = await connect({ password: 'SECRET01', hasCrc: true })
  await partner.sendFile(sendOrder())
  await partner.release()
  await partner.link.closed
  await expect
    .poll(async () => {
      await reception.ground.sessions.flush()
      return (await transcripts()).length
    })
    .toBe(1)
  const [text] = await transcripts()
  const lines = text!
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name?: string })
  const said = lines.map(({ name }) => name)
  for (const name of [
    'CONNECT',
    'ACONNECT',
    'CREATE',
    'DTF',
    'SYN',
    'ACK(SYN)',
    'FLOW',
    'RELCONF',
  ]) {
    expect(said).toContain(name)
  }
  expect(text).not.toContain('SECRET01')
  expect(text).not.toContain(Buffer.from('SECRET01').toString('hex'))
})

async function transcripts(): Promise<string[]> {
  const { journal, payloads } = reception.ground
  const rows = await journal.read(
    journal.db.selectFrom('sessions').select(['transcript_sha256 as sha256']),
  )
  const wanted = new Set(rows.map(({ sha256 }) => sha256))
  const found: string[] = []
  for await (const content of payloads.list()) {
    if (!wanted.has(content.sha256)) continue
    const pieces: Buffer[] = []
    for await (const piece of payloads.read(content)) pieces.push(Buffer.from(piece))
    found.push(gunzipSync(Buffer.concat(pieces)).toString())
  }
  return found
}
