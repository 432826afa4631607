// What the peer can do wrong on purpose, and what it says when the other side does.
import { afterEach, describe, expect, test } from 'vitest'
import { diagnosticOf, piNumber, piText } from './fpdu.ts'
import type { InitiatorOptions, SendOrder } from './initiator-orders.ts'
import { PesitInitiator } from './pesit-initiator.ts'
import { PesitResponder } from './pesit-responder.ts'
import type { ResponderOptions } from './responder-options.ts'

const SYNC = { intervalKib: 4, window: 2 }
const FILE: SendOrder = {
  fileName: 'FACT0001',
  articleBytes: 1024,
  content: Buffer.alloc(40_000, 7),
}

let responder: PesitResponder | undefined

afterEach(async () => {
  await responder?.stop()
  responder = undefined
})

async function listen(options: ResponderOptions = {}): Promise<PesitResponder> {
  responder = await PesitResponder.listen({ sync: SYNC, ...options })
  return responder
}

function caller(more: Partial<InitiatorOptions> = {}): InitiatorOptions {
  return {
    port: responder?.port ?? 0,
    requester: 'PARTNER1',
    server: 'PEERSRV',
    sync: SYNC,
    ...more,
  }
}

describe('answers', () => {
  test('RCONNECT with the diagnostic and the words it was told', async () => {
    await listen({ answers: { CONNECT: { diagnostic: '3/304', text: 'no' } } })
    await expect(PesitInitiator.connect(caller())).rejects.toMatchObject({
      kind: 'refused',
      diagnostic: '3/304',
      message: 'RCONNECT 3/304 no',
    })
  })

  test('NAK0 to a pre-connection', async () => {
    await listen({ preConnectionAnswer: 'NAK0' })
    const preConnection = { id: 'PARTNER1', password: 'WRONG' }
    await expect(PesitInitiator.connect(caller({ preConnection }))).rejects.toMatchObject({
      message: 'pre-connection answered by NAK0',
    })
  })

  test.each([
    ['CREATE', '2/226', ['CREATE', 'CREATE']],
    ['ORF', '2/211', ['CREATE', 'ORF', 'DESELECT', 'CREATE']],
    ['WRITE', '2/213', ['CREATE', 'ORF', 'WRITE', 'CRF', 'DESELECT', 'CREATE']],
  ] as const)('a refusal of %s leaves the connection usable', async (name, printed, sent) => {
    let isRefused = false
    const answer = (): { diagnostic: string; text: string } | undefined => {
      if (isRefused) return undefined
      isRefused = true
      return { diagnostic: printed, text: 'words' }
    }
    const responder = await listen({ answers: { [name]: answer } })
    const initiator = await PesitInitiator.connect(caller())
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({
      kind: 'refused',
      diagnostic: printed,
      message: `ACK(${name}) ${printed} words`,
    })
    await initiator.sendFile(FILE)
    await initiator.release()

    expect(initiator.link.names('sent').slice(1, 1 + sent.length)).toEqual(sent)
    expect([...initiator.link.violations, ...responder.violations]).toEqual([])
  })

  test('a refusal of TRANS.END keeps no file', async () => {
    const responder = await listen({ answers: { 'TRANS.END': { diagnostic: '2/223' } } })
    const initiator = await PesitInitiator.connect(caller())
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({ diagnostic: '2/223' })
    await initiator.release()
    expect(responder.received).toEqual([])
  })

  test('3/305 to a CREATE of a caller that came to read', async () => {
    await listen()
    const initiator = await PesitInitiator.connect(caller({ access: 'read' }))
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({ diagnostic: '3/305' })
    await initiator.release()
  })

  test('2/205 to a SELECT of a file that is not there', async () => {
    await listen()
    const initiator = await PesitInitiator.connect(caller())
    await expect(initiator.fetchFile({ fileName: 'NONE' })).rejects.toMatchObject({
      diagnostic: '2/205',
    })
    await initiator.release()
  })
})

describe('knobs', () => {
  test('bytes can be changed, held back and dropped on their way out', async () => {
    const responder = await listen({ timeoutMs: 200 })
    const names: (string | undefined)[] = []
    const initiator = await PesitInitiator.connect(
      caller({
        timeoutMs: 200,
        tamper: async ([fpdu], wire) => {
          names.push(fpdu?.name)
          return fpdu?.name === 'ORF' ? undefined : wire
        },
      }),
    )
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({ kind: 'timeout' })
    expect(names).toEqual(['CONNECT', 'CREATE', 'ORF'])
    expect(responder.links[0]?.names('received')).toEqual(['CONNECT', 'CREATE'])
  })

  test.each([
    [
      'a prefix too short',
      (wire: Buffer) => Buffer.concat([Buffer.from([0, 4]), wire.subarray(2)]),
    ],
    ['an FPDU longer than its entity', (wire: Buffer) => Buffer.from(wire).fill(0x7f, 3, 4)],
    ['a PI longer than its FPDU', (wire: Buffer) => Buffer.from(wire).fill(0x60, 9, 10)],
  ])('%s is answered by ABORT 3/311', async (_what, change) => {
    const responder = await listen()
    const initiator = await PesitInitiator.connect(
      caller({ tamper: ([fpdu], wire) => (fpdu?.name === 'CREATE' ? change(wire) : wire) }),
    )
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({
      kind: 'aborted',
      diagnostic: '3/311',
    })
    expect(responder.violations[0]).toMatch(/^bytes that are no PeSIT/)
  })

  test('any bytes may be sent at any moment', async () => {
    const responder = await listen()
    const initiator = await PesitInitiator.connect(caller())
    await initiator.link.sendRaw(Buffer.from('0006c0020100', 'hex'))
    await initiator.link.sendRaw(Buffer.from('0006c0020100', 'hex'))
    await expect(initiator.link.take()).rejects.toMatchObject({
      kind: 'aborted',
      diagnostic: '3/311',
    })
    await initiator.link.closed
    expect(responder.errors).toHaveLength(1)
  })

  test.each([1, 1023, 1024, 5000])(
    'the socket is cut after exactly %i bytes of data',
    async (bytes) => {
      const responder = await listen()
      const initiator = await PesitInitiator.connect(caller({ cutAfterDataBytes: bytes }))
      await expect(initiator.sendFile(FILE)).rejects.toMatchObject({ kind: 'closed' })
      const [link] = responder.links
      await link?.closed
      const whole = link?.fpdus('received').reduce((sum, fpdu) => sum + fpdu.data.length, 0)
      expect(whole).toBe(bytes - (bytes % 1024))
    },
  )

  test('a point that is not acknowledged stops the sender at its window', async () => {
    const responder = await listen({ receiving: { acknowledge: (point) => point < 3 } })
    const initiator = await PesitInitiator.connect(caller({ timeoutMs: 200 }))
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({ kind: 'timeout' })
    const points = initiator.link.fpdus('sent').filter((fpdu) => fpdu.name === 'SYN')
    expect(points.map((fpdu) => piNumber(fpdu, 20))).toEqual([1, 2, 3, 4])
    expect(responder.violations).toEqual([])
  })

  test('a side aborts in the middle of the data when told', async () => {
    await listen({
      receiving: {
        actions: [{ afterDataBytes: 9000, do: 'abort', diagnostic: '3/316', text: 'bye' }],
      },
    })
    const initiator = await PesitInitiator.connect(caller())
    await expect(initiator.sendFile(FILE)).rejects.toMatchObject({
      kind: 'aborted',
      diagnostic: '3/316',
      message: 'the peer aborted: 3/316 bye',
    })
  })

  test('counts may be claimed wrongly, and are then found wrong', async () => {
    const responder = await listen()
    const initiator = await PesitInitiator.connect(caller())
    await initiator.sendFile({ ...FILE, claimedCounts: { dataBytes: 1, articles: 40 } })
    expect(responder.violations).toEqual(['TRANS.END counts 1 and 40, we 40000 and 40'])
  })

  test('a slow reader loses nothing', async () => {
    const responder = await listen({
      receiving: { actions: [{ afterDataBytes: 2000, do: 'wait', milliseconds: 30 }] },
    })
    const initiator = await PesitInitiator.connect(caller())
    initiator.link.pauseReading()
    const sending = initiator.sendFile(FILE)
    initiator.link.resumeReading()
    await sending
    expect((await responder.nextFile()).counts.dataBytes).toBe(40_000)
  })
})

test('data need not be recorded', async () => {
  const responder = await listen({ tracesData: false })
  const initiator = await PesitInitiator.connect(caller({ tracesData: false }))
  await initiator.sendFile(FILE)
  await initiator.release()
  expect([...initiator.link.names(), ...(responder.links[0]?.names() ?? [])]).not.toContain('DTF')
})

test('an ABORT says who it came from', async () => {
  const responder = await listen()
  const initiator = await PesitInitiator.connect(caller({ number: 9 }))
  await initiator.link.sendAbort('3/312', 'stopping')
  await initiator.link.closed
  const abort = responder.links[0]?.fpdus('received').at(-1)
  expect(abort && [abort.octet6, diagnosticOf(abort), piText(abort, 99)]).toEqual([
    9,
    '3/312',
    'stopping',
  ])
})
