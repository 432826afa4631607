// Golden bytes: the worked sessions and pieces of the PeSIT E reference, §16, §8.7 and §8.8.
import { expect, test } from 'vitest'
import { compress, decompress } from './compression.ts'
import { crcOf, isCrcRight } from './crc.ts'
import { EntityReader } from './entity-reader.ts'
import { createParameters } from './file-attributes.ts'
import { faultsOf } from './fpdu-rules.ts'
import { decodeFpdu, diagnosticOf, encodeFpdu, piBytes, piNumber, piText } from './fpdu.ts'
import type { KnownFpduName } from './fpdu-catalogue.ts'
import { acknowledgementOf, bodyPieces, messageHead } from './message.ts'
import { diagnostic, number, octets, text } from './parameters.ts'
import type { Parameter } from './parameters.ts'
import { PesitInitiator } from './pesit-initiator.ts'
import { PesitResponder } from './pesit-responder.ts'
import { decodePreConnection, encodePreConnection } from './pre-connection.ts'

const CREATED = '251122101500'
const SYNC = { intervalKib: 32, window: 2 }

function hex(bytes: Buffer): string {
  return bytes.toString('hex')
}

test('a complete send session has the bytes of §16.1, row by row', async () => {
  const responder = await PesitResponder.listen({ number: 0x22, sync: SYNC })
  const initiator = await PesitInitiator.connect({
    port: responder.port,
    requester: 'PARTNER1',
    server: 'PEERSRV',
    password: 'SECRET01',
    sync: SYNC,
    access: 'write',
  })
  await initiator.sendFile({
    fileName: 'FACT0001',
    maxEntityBytes: 4096,
    articleBytes: 1024,
    reservationKib: 1,
    created: CREATED,
    dataCode: 'absent',
    articles: ['HELLO', 'WORLD', '!!'].map((article) => Buffer.from(article)),
    articlesPerDtf: 2,
    syncAfterArticles: [1],
  })
  await initiator.release()
  await responder.stop()

  // Each side's in its order: ACK(SYN) may cross the DTF after its SYN.
  expect(initiator.link.fpdus('sent').map((fpdu) => hex(fpdu.bytes))).toEqual([
    '002e402000010308504152544e455231040750454552535256050853454352455430310601020703002002160100',
    '0040c0112200090d0b01000c0846414354303030310d0101110101190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
    '0006c0142200',
    '0006c0022200',
    '000b0000220048454c4c4f',
    '0009c0032200140101',
    '0011000022020005574f524c4400022121',
    '000bc00422000203000000',
    '000cc00822001b010c1c0103',
    '000bc01522000203000000',
    '000bc01322000203000000',
    '000b402322010203000000',
  ])
  expect(initiator.link.fpdus('received').map((fpdu) => hex(fpdu.bytes))).toEqual([
    '000e402101220601020703002002',
    '000fc0300100020300000019021000',
    '000bc03301000203000000',
    '000ec03601000203000000120100',
    '0009c0380100140101',
    '0011c037010002030000001b010c1c0103',
    '000bc03401000203000000',
    '000bc03201000203000000',
    '000640240122',
  ])
  expect(hex(initiator.link.trace[0]?.wire ?? Buffer.alloc(0))).toMatch(/^002e002e4020/)
  expect([...initiator.link.violations, ...responder.violations]).toEqual([])
})

test('a complete fetch session has the bytes of §16.2, row by row', async () => {
  const responder = await PesitResponder.listen({
    number: 0x31,
    sync: SYNC,
    files: [
      {
        fileName: 'RET0001',
        transferId: 4711,
        articleBytes: 1024,
        reservationKib: 1,
        created: CREATED,
        content: Buffer.from('line one\nline two\n'),
      },
    ],
  })
  const initiator = await PesitInitiator.connect({
    port: responder.port,
    requester: 'PARTNER1',
    server: 'GATEWAY1',
    password: 'SECRET01',
    sync: SYNC,
    access: 'read',
  })
  const fetched = await initiator.fetchFile({ fileName: 'RET0001', maxEntityBytes: 4096 })
  await initiator.release()
  await responder.stop()

  expect(fetched.content.toString()).toBe('line one\nline two\n')
  expect(fetched.attributes.transferId).toBe(4711)
  expect(initiator.link.fpdus().map((fpdu) => hex(fpdu.bytes))).toEqual([
    '002f402000010308504152544e45523104084741544557415931050853454352455430310601020703002002160101',
    '000e402101310601020703002002',
    '0021c0123100090c0b01000c07524554303030310d01000e01e011010119021000',
    '0045c03101000203000000090c0b01000c07524554303030310d021267100102190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
    '0006c0143100',
    '000bc03301000203000000',
    '0009c0013100120100',
    '000bc03501000203000000',
    '0018000001006c696e65206f6e650a6c696e652074776f0a',
    '000bc00401000203000000',
    '000cc00831001b01121c0101',
    '0011c037010002030000001b01121c0101',
    '000bc01531000203000000',
    '000bc03401000203000000',
    '000bc01331000203000000',
    '000bc03201000203000000',
    '000b402331010203000000',
    '000640240131',
  ])
  expect([...initiator.link.violations, ...responder.violations]).toEqual([])
})

const FROM_SERVER = 0x01
const FROM_REQUESTER = 0x22

test.each<[string, KnownFpduName, number, number, (Parameter | undefined)[], string]>([
  [
    'RCONNECT 3/304',
    'RCONNECT',
    FROM_SERVER,
    0,
    [diagnostic('3/304'), text(99, 'bad password')],
    '0019402201000203030130630c6261642070617373776f7264',
  ],
  ['ABORT 3/318', 'ABORT', FROM_REQUESTER, 1, [diagnostic('3/318')], '000b40252201020303013e'],
  [
    'negative ACK(CREATE)',
    'ACK(CREATE)',
    FROM_SERVER,
    0,
    [diagnostic('2/226'), number(25, 4096), text(99, 'unknown flow')],
    '001dc030010002030200e219021000630c756e6b6e6f776e20666c6f77',
  ],
  [
    'IDT, cancelled by the requester',
    'IDT',
    FROM_REQUESTER,
    0,
    [diagnostic('2/216'), octets(19, 16)],
    '000ec006220002030200d8130110',
  ],
  ['ACK(IDT)', 'ACK(IDT)', FROM_SERVER, 0, [], '0006c03a0100'],
  [
    'RESYN at point 3',
    'RESYN',
    FROM_REQUESTER,
    0,
    [diagnostic('1/100'), number(18, 3)],
    '000ec00522000203010064120103',
  ],
  ['ACK(RESYN)', 'ACK(RESYN)', FROM_SERVER, 0, [number(18, 3)], '0009c0390100120103'],
  [
    'ACK(MSG)',
    'ACK(MSG)',
    FROM_SERVER,
    0,
    [diagnostic('0/000'), number(13, 1)],
    '000ec03b010002030000000d0101',
  ],
  [
    'ACK(WRITE), resume at point 3',
    'ACK(WRITE)',
    FROM_SERVER,
    0,
    [diagnostic('0/000'), number(18, 3)],
    '000ec03601000203000000120103',
  ],
])('%s has the bytes of §16.3', (_title, name, destination, octet6, content, bytes) => {
  expect(hex(encodeFpdu({ name, destination, octet6 }, content).bytes)).toBe(bytes)
  const decoded = decodeFpdu(Buffer.from(bytes, 'hex'))
  expect([decoded.name, decoded.destination, decoded.octet6]).toEqual([name, destination, octet6])
  expect(decoded.parameters).toEqual(content)
  expect(faultsOf(decoded)).toEqual([])
})

test('the acknowledgement of a file has the bytes of §16.3', () => {
  const create = encodeFpdu(
    { name: 'CREATE', destination: 0x22, octet6: 0 },
    createParameters(
      {
        fileName: 'FACT0001',
        created: CREATED,
        originalSender: 'PARTNER1',
        finalReceiver: 'GATEWAY1',
      },
      false,
    ),
  )
  const order = acknowledgementOf(create, 'RECEIVED OK')
  const message = encodeFpdu({ name: 'MSG', destination: 0x22, octet6: 0 }, [
    ...messageHead(order),
    ...bodyPieces(order),
  ])
  expect(hex(message.bytes)).toBe(
    '004cc0162200090d0b01000c0846414354303030310d01010e0100320e330c3235313132323130313530303d0847415445574159313e08504152544e4552315b0b5245434549564544204f4b',
  )
  expect(faultsOf(message)).toEqual([])
})

test('the CREATE of a restart has the bytes of §16.3', () => {
  const create = encodeFpdu(
    { name: 'CREATE', destination: 0x22, octet6: 0 },
    createParameters(
      {
        fileName: 'FACT0001',
        maxEntityBytes: 4096,
        articleBytes: 1024,
        reservationKib: 1,
        created: CREATED,
      },
      true,
    ),
  )
  expect(hex(create.bytes)).toBe(
    '0046c0112200090d0b01000c0846414354303030310d01010f0101100102110101190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
  )
})

test('the concatenated entity of §16.4 is packed so, and read so', () => {
  const data = (name: KnownFpduName, words: string): Buffer =>
    encodeFpdu({ name, destination: 0x22, octet6: 0 }, Buffer.from(words)).bytes
  const entity = Buffer.concat([
    data('DTF', 'AAA'),
    encodeFpdu({ name: 'SYN', destination: 0x22, octet6: 0 }, [number(20, 1)]).bytes,
    data('DTFDA', 'BB'),
    data('DTFMA', 'CC'),
    data('DTFFA', 'DD'),
    encodeFpdu({ name: 'DTF.END', destination: 0x22, octet6: 0 }, [diagnostic('0/000')]).bytes,
  ])
  expect(hex(entity)).toBe(
    '0009000022004141410009c0032200140101000800412200424200080040220043430008004222004444000bc00422000203000000',
  )
  const reader = new EntityReader('prefix', 'fpdu')
  reader.push(Buffer.concat([Buffer.from([0, 0x35]), entity]))
  expect(reader.take()?.fpdus.map((fpdu) => fpdu.name)).toEqual([
    'DTF',
    'SYN',
    'DTFDA',
    'DTFMA',
    'DTFFA',
    'DTF.END',
  ])
})

test.each([
  [254, '63fe'],
  [255, '63ff00ff'],
  [300, '63ff012c'],
])('a PI of %i bytes begins with %s', (length, begin) => {
  const fpdu = encodeFpdu({ name: 'RELCONF', destination: 1, octet6: 1 }, [
    text(99, 'x'.repeat(length)),
  ])
  expect(hex(fpdu.bytes).slice(12, 12 + begin.length)).toBe(begin)
  expect(piText(decodeFpdu(fpdu.bytes), 99)).toBe('x'.repeat(length))
})

test.each([
  ['0006c0022200', 'a96b'],
  ['0009c0032200140101', '7189'],
  ['000b0000220048454c4c4f', 'b4a8'],
  ['0022402000010101010308504152544e455231040750454552535256060102160100', '25a5'],
])('the CRC of %s is %s (§8.7)', (fpdu, crc) => {
  const bytes = Buffer.from(fpdu, 'hex')
  expect(hex(crcOf(bytes))).toBe(crc)
  expect(isCrcRight(Buffer.concat([bytes, crcOf(bytes)]))).toBe(true)
  expect(isCrcRight(Buffer.concat([bytes, Buffer.from('0000', 'hex')]))).toBe(false)
})

test.each<[1 | 2 | 3, [string, string][]]>([
  [1, [['0102020202020203', '010186020103']]],
  [
    2,
    [
      ['0102030203050607', '080102030203050607'],
      ['0506030203050809', '020506c4020809'],
    ],
  ],
  [
    3,
    [
      ['010101010203', '8401020203'],
      ['010101010204', 'c50104'],
    ],
  ],
])('compression %i gives and takes the examples of §8.8', (kind, articles) => {
  let previous: Buffer | undefined
  for (const [plain, compressed] of articles) {
    const article = Buffer.from(plain, 'hex')
    expect(hex(compress(article, kind, previous))).toBe(compressed)
    expect(hex(decompress(Buffer.from(compressed, 'hex'), kind, previous))).toBe(plain)
    previous = article
  }
})

test('the pre-connection has the bytes of §2.4', () => {
  const bytes = encodePreConnection({ id: 'PARTNER1', password: 'SECRET01' })
  expect(hex(bytes)).toBe('d7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1')
  expect(decodePreConnection(bytes)).toEqual({
    service: 'PESIT',
    id: 'PARTNER1',
    password: 'SECRET01',
  })
})

test('what a real Connect:Express sends is read (§16.5)', () => {
  const read = (bytes: string): ReturnType<typeof decodeFpdu> =>
    decodeFpdu(Buffer.from(bytes, 'hex'))
  const connect = read(
    '002f4020006203084358434c49454e5404085045534954535256050874657374313233200601020703002002160102',
  )
  expect([connect.name, connect.octet6, piText(connect, 5), piNumber(connect, 22)]).toEqual([
    'CONNECT',
    0x62,
    'test123',
    2,
  ])
  const end = read('000fc008e2001b031000001c020400')
  expect([piNumber(end, 27), piNumber(end, 28)]).toEqual([1_048_576, 1024])
  const open = read('000ac014e20015020000')
  expect(piBytes(open, 21)).toEqual(Buffer.from([0, 0]))
  const accepted = read('000fc030010002030000001902ffff')
  expect([diagnosticOf(accepted), piNumber(accepted, 25)]).toEqual(['0/000', 65_535])
  expect([connect, end, open, accepted].flatMap(faultsOf)).toEqual([])
})
