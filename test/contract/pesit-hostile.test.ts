// What a hostile caller sends to the real listener: it is cut, the others are served.
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { flowName, PARTNER } from '../support/door-ground.ts'
import { CONTENT, sendOrder, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import { group, number, octets, text } from '../support/pesit-peer/parameters.ts'
import { diagnosticOf } from '../support/pesit-peer/fpdu.ts'
import { PesitPeerError } from '../support/pesit-peer/peer-error.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'

let reception: PesitReception
const sockets: Socket[] = []

const SHORT = { connectSeconds: 1, answerSeconds: 1, idleSeconds: 1, closeSeconds: 1 }
/** Where something has to come about before the silence, however busy the machine. */
const LONGER = { connectSeconds: 10, answerSeconds: 4, idleSeconds: 4, closeSeconds: 4 }

async function start(options: PesitReceptionOptions = {}): Promise<void> {
  await reception?.stop()
  reception = await startPesitReception(options)
}

beforeEach(async () => {
  reception = await startPesitReception()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await servesOthers()
  await reception.stop()
})

/** Some listeners here wait for a second only: a machine that stood still so long may try again. */
async function servesOthers(): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const partner = await reception.connect({ sync: SYNC })
      const label = flowName(77 + tries)
      await partner.sendFile(sendOrder({ content: Buffer.from('served'), label }))
      partner.link.cut()
      return requireNoViolations([partner.link])
    } catch (cause) {
      if (tries === 5) throw cause
    }
  }
}

async function open(): Promise<Socket> {
  const socket = connectTcp(reception.listener.address)
  socket.on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Everything that the listener says until it closes. */
async function answerTo(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = await open()
  const said: Buffer[] = []
  socket.on('data', (bytes: Buffer) => said.push(bytes))
  for (const piece of pieces) {
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'hex') : piece)
  }
  await once(socket, 'close')
  return Buffer.concat(said).toString('hex')
}

/** PARTNER1, window 2 of 4 KiB, write. */
const CONNECT = '0026402000010308504152544e45523104064350503030310601020703000402160100170101'

describe('before anybody has said who he is', () => {
  test.each<[string, readonly (string | Buffer)[]]>([
    ['HTTP', [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]],
    ['TLS on a clear port', ['16030100c8010000c40303']],
    ['an entity of no bytes', ['00000006402000010000']],
    ['an entity shorter than a header', ['00054020000100']],
    ['an FPDU of 65,535 bytes', ['ffffffff402000010308']],
    ['an FPDU of 65,535 bytes without prefix', ['ffff402000010308']],
    ['an inner length that goes beyond', ['00100040402000010'.repeat(24)]],
    ['another FPDU first', ['00060006c0012200']],
    ['a parameter of no bytes', ['000800084020000103000000']],
    ['a parameter that goes beyond', ['000a000a40200001030fffff']],
    ['an extended length that goes beyond', ['000b000b4020000103ffffff41']],
    ['parameters without end', ['00860086402000017801ff'.repeat(42) + '7801']],
    ['zeros', [Buffer.alloc(100_000)]],
    ['ones', [Buffer.alloc(100_000, 0xff)]],
  ])('%s ends the connection, without an answer or by ABORT', async (_, pieces) => {
    expect(await answerTo(...pieces)).toMatch(/^(....(00..)4025.*|)$/)
  })

  test('a pre-connection without end is over in time', async () => {
    await start({ settings: SHORT })
    const socket = await open()
    const begun = Buffer.from('0018d7c5e2c9e3404040', 'hex')
    const drip = setInterval(() => socket.write(Buffer.from([0x40])), 200)
    socket.write(begun)
    await once(socket, 'close')
    clearInterval(drip)
    expect(socket.destroyed).toBe(true)
  })

  test('a CONNECT byte by byte is over in time', async () => {
    await start({ settings: SHORT })
    const socket = await open()
    const bytes = Buffer.from(`0026${CONNECT}`, 'hex')
    let at = 0
    const drip = setInterval(() => socket.write(bytes.subarray(at, (at += 1))), 200)
    await once(socket, 'close')
    clearInterval(drip)
    expect(at).toBeLessThan(bytes.length)
  })

  test('silence is over in time', async () => {
    await start({ settings: SHORT })
    const socket = await open()
    socket.resume()
    await once(socket, 'close')
    expect(socket.destroyed).toBe(true)
  })

  test('two CONNECTs are one too many', async () => {
    await start({ settings: SHORT })
    const socket = await open()
    socket.write(Buffer.from(`0026${CONNECT}0026${CONNECT}`, 'hex'))
    const said: Buffer[] = []
    socket.on('data', (bytes: Buffer) => said.push(bytes))
    await once(socket, 'close')
    expect(Buffer.concat(said).toString('hex')).toContain('4025')
  })
})

test('connections by the hundred that say nothing keep nobody out for ever', async () => {
  await start({ settings: { ...SHORT, maxUnauthenticated: 50 } })
  const many = await Promise.allSettled(Array.from({ length: 600 }, () => open()))
  expect(many.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
  for (const socket of sockets) if (!socket.closed) await once(socket.resume(), 'close')
})

describe('a partner that goes wrong', () => {
  const ORDER = [
    group(9, number(11, 0), text(12, 'FSO1110A')),
    number(13, 1),
    octets(16, 2),
    octets(17, 1),
    number(25, 65_535),
    group(30, octets(31, 0x80), number(32, 1_024), text(37, flowName(1))),
    group(40, octets(41, 0), number(42, 0)),
    group(50, text(51, '261122100000')),
  ]

  async function begin(compression?: number): Promise<PesitInitiator> {
    const partner = await reception.connect({ sync: SYNC, resync: true })
    await partner.ask('CREATE', ORDER)
    await partner.ask('ORF', compression === undefined ? [] : [octets(21, 1, compression)])
    await partner.ask('WRITE')
    return partner
  }

  /** The diagnostic of IDT or ABORT. */
  async function endOf({ link }: PesitInitiator): Promise<string | undefined> {
    try {
      for (;;) {
        const fpdu = await link.take()
        if (fpdu.name === 'IDT') return diagnosticOf(fpdu)
      }
    } catch (error) {
      if (error instanceof PesitPeerError) return error.diagnostic
      throw error
    }
  }

  test.each<[string, number | undefined, string, number, string[]]>([
    ['articles that do not add up', undefined, '000541', 2, ['3/311']],
    ['an article longer than announced', undefined, '41'.repeat(1_025), 0, ['2/220']],
    ['a string of the illegal kind', 3, '4141', 0, ['3/311', '2/215']],
    ['a string of no bytes', 3, '80', 0, ['3/311', '2/215']],
    ['a string that is cut', 3, '0541', 0, ['3/311', '2/215']],
    ['a vertical string first', 3, 'c5', 0, ['3/311', '2/215']],
    ['a vertical string in horizontal', 1, '0141c1', 0, ['3/311', '2/215']],
    ['a compression bomb', 1, 'bf41'.repeat(2_000), 0, ['2/220', '3/311']],
  ])('%s ends the transfer', async (_, compression, hex, octetSix, diagnostics) => {
    const partner = await begin(compression)
    await partner.link.send('DTF', Buffer.from(hex, 'hex'), octetSix)
    expect(diagnostics).toContain(await endOf(partner))
    partner.link.cut()
  })

  test.each([
    ['DTFMA', 'DTFMA'],
    ['DTFFA', 'DTFFA'],
  ] as const)('%s without a begin ends the connection', async (_, name) => {
    const partner = await begin()
    await partner.link.send(name, Buffer.from('x'))
    expect(['3/311']).toContain(await endOf(partner))
  })

  test('a segmented article without end ends the transfer', async () => {
    const partner = await begin()
    await partner.link.send('DTFDA', Buffer.alloc(500))
    for (let piece = 0; piece < 5; piece += 1) {
      await partner.link.send('DTFMA', Buffer.alloc(500)).catch(() => {})
    }
    expect(['2/220', '3/311']).toContain(await endOf(partner))
    partner.link.cut()
  })

  test.each<[string, number[], string[]]>([
    ['that begin at 2', [2], ['3/311']],
    ['that come twice', [1, 1], ['3/311']],
    ['that go back', [1, 2, 1], ['3/311', '2/217']],
    ['that are far ahead', [999_999], ['3/311']],
  ])('sync points %s end the transfer', async (_, points, diagnostics) => {
    const partner = await begin()
    for (const point of points) {
      await partner.link.send('DTF', Buffer.from('x')).catch(() => {})
      await partner.link.send('SYN', [number(20, point)]).catch(() => {})
    }
    expect(diagnostics).toContain(await endOf(partner))
    partner.link.cut()
  })

  test('a storm of RESYN is over after five', async () => {
    const partner = await begin()
    for (let storm = 0; storm < 5; storm += 1) {
      await partner.link.send('RESYN', [octets(2, 2, 1, 43), number(18, 0)])
      await partner.link.take('ACK(RESYN)')
    }
    await partner.link.send('RESYN', [octets(2, 2, 1, 43), number(18, 0)])
    expect(['3/320']).toContain(await endOf(partner))
  })

  test('a partner that stops in the middle is cut, and what came is kept', async () => {
    await start({ settings: LONGER })
    const partner = await begin()
    for (let article = 0; article < 4; article += 1) {
      await partner.link.send('DTF', CONTENT.subarray(article * 1_024, (article + 1) * 1_024))
    }
    await partner.link.send('SYN', [number(20, 1)])
    expect(['3/317']).toContain(await endOf(partner))
    await expect
      .poll(() => reception.services.staging.find(PARTNER, flowName(1))?.bytes)
      .toBe(4_096)
  })

  test('a partner that has nothing to say is sent away by 3/313', async () => {
    await start({ settings: LONGER })
    const partner = await reception.connect({ sync: SYNC })
    expect(['3/313']).toContain(await endOf(partner))
  })

  test('a partner that never reads is not waited for', async () => {
    await start({ settings: { ...LONGER, answerSeconds: 2 } })
    await reception.offer('CSO1110A_SIM123_SIM1231110000000000000001.xml', Buffer.alloc(30_000_000))
    const partner = await reception.connect({ access: 'read' })
    await partner.ask('SELECT', [
      group(9, number(11, 0), text(12, 'CSO1110A')),
      number(13, 0),
      octets(17, 1),
      number(25, 65_535),
    ])
    await partner.ask('ORF')
    partner.link.pauseReading()
    await partner.link.send('READ', [number(18, 0)])
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    partner.link.resumeReading()
    await partner.link.closed
    expect(Object.values(await reception.returns())).toEqual(['OFFERED'])
  })
})
