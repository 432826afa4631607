import type { FpduName } from '../../protocols/pesit/fpdu-types.ts'
import type { ParameterValues } from '../../protocols/pesit/parameter-table.ts'

/** One FPDU of the reference, as bytes and as what they mean. */
export interface WorkedFpdu {
  readonly name: FpduName
  readonly direction: 'C' | 'S'
  readonly destination: number
  readonly octetSix: number
  readonly content: ParameterValues | Buffer
  readonly hex: string
}

function worked(
  direction: 'C' | 'S',
  name: FpduName,
  [destination, octetSix]: readonly [number, number],
  content: ParameterValues | Buffer,
  hex: string,
): WorkedFpdu {
  return { name, direction, destination, octetSix, content, hex }
}

const OK = { type: 0, reason: 0 }
const Y = 0x22
const Z = 0x31
const SYNC = { intervalKib: 32, window: 2 }
const FILE = {
  articleFormat: 0x80,
  articleBytes: 1_024,
  reservationUnit: 0,
  reservation: 1,
  createdAt: '251122101500',
}
const FACT = { fileType: 0, fileName: 'FACT0001', transferId: 1 }
const CREATE = { ...FACT, priority: 1, maxEntityBytes: 4_096, ...FILE }

/** Reference pesit-e §16.1: made byte for byte by another implementation too. */
export const WORKED_WRITE: readonly WorkedFpdu[] = [
  worked(
    'C',
    'CONNECT',
    [0, 1],
    {
      requester: 'PARTNER1',
      server: 'PEERSRV',
      accessControl: 'SECRET01',
      version: 2,
      syncOption: SYNC,
      access: 0,
    },
    '002e402000010308504152544e455231040750454552535256050853454352455430310601020703002002160100',
  ),
  worked('S', 'ACONNECT', [1, Y], { version: 2, syncOption: SYNC }, '000e402101220601020703002002'),
  worked(
    'C',
    'CREATE',
    [Y, 0],
    CREATE,
    '0040c0112200090d0b01000c0846414354303030310d0101110101190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
  ),
  worked(
    'S',
    'ACK(CREATE)',
    [1, 0],
    { diagnostic: OK, maxEntityBytes: 4_096 },
    '000fc0300100020300000019021000',
  ),
  worked('C', 'ORF', [Y, 0], {}, '0006c0142200'),
  worked('S', 'ACK(ORF)', [1, 0], { diagnostic: OK }, '000bc03301000203000000'),
  worked('C', 'WRITE', [Y, 0], {}, '0006c0022200'),
  worked(
    'S',
    'ACK(WRITE)',
    [1, 0],
    { diagnostic: OK, restartPoint: 0 },
    '000ec03601000203000000120100',
  ),
  worked('C', 'DTF', [Y, 0], Buffer.from('HELLO'), '000b0000220048454c4c4f'),
  worked('C', 'SYN', [Y, 0], { syncPoint: 1 }, '0009c0032200140101'),
  worked('S', 'ACK(SYN)', [1, 0], { syncPoint: 1 }, '0009c0380100140101'),
  worked(
    'C',
    'DTF',
    [Y, 2],
    Buffer.from('0005574f524c4400022121', 'hex'),
    '0011000022020005574f524c4400022121',
  ),
  worked('C', 'DTF.END', [Y, 0], { diagnostic: OK }, '000bc00422000203000000'),
  worked('C', 'TRANS.END', [Y, 0], { dataBytes: 12n, articles: 3 }, '000cc00822001b010c1c0103'),
  worked(
    'S',
    'ACK(TRANS.END)',
    [1, 0],
    { diagnostic: OK, dataBytes: 12n, articles: 3 },
    '0011c037010002030000001b010c1c0103',
  ),
  worked('C', 'CRF', [Y, 0], { diagnostic: OK }, '000bc01522000203000000'),
  worked('S', 'ACK(CRF)', [1, 0], { diagnostic: OK }, '000bc03401000203000000'),
  worked('C', 'DESELECT', [Y, 0], { diagnostic: OK }, '000bc01322000203000000'),
  worked('S', 'ACK(DESELECT)', [1, 0], { diagnostic: OK }, '000bc03201000203000000'),
  worked('C', 'RELEASE', [Y, 1], { diagnostic: OK }, '000b402322010203000000'),
  worked('S', 'RELCONF', [1, Y], {}, '000640240122'),
]

/** Reference pesit-e §16.2. */
export const WORKED_READ: readonly WorkedFpdu[] = [
  worked(
    'C',
    'CONNECT',
    [0, 1],
    {
      requester: 'PARTNER1',
      server: 'GATEWAY1',
      accessControl: 'SECRET01',
      version: 2,
      syncOption: SYNC,
      access: 1,
    },
    '002f402000010308504152544e45523104084741544557415931050853454352455430310601020703002002160101',
  ),
  worked('S', 'ACONNECT', [1, Z], { version: 2, syncOption: SYNC }, '000e402101310601020703002002'),
  worked(
    'C',
    'SELECT',
    [Z, 0],
    {
      fileType: 0,
      fileName: 'RET0001',
      transferId: 0,
      attributesWanted: 0xe0,
      priority: 1,
      maxEntityBytes: 4_096,
    },
    '0021c0123100090c0b01000c07524554303030310d01000e01e011010119021000',
  ),
  worked(
    'S',
    'ACK(SELECT)',
    [1, 0],
    {
      diagnostic: OK,
      fileType: 0,
      fileName: 'RET0001',
      transferId: 4_711,
      dataCode: 2,
      maxEntityBytes: 4_096,
      ...FILE,
    },
    '0045c03101000203000000090c0b01000c07524554303030310d021267100102190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
  ),
  worked('C', 'ORF', [Z, 0], {}, '0006c0143100'),
  worked('S', 'ACK(ORF)', [1, 0], { diagnostic: OK }, '000bc03301000203000000'),
  worked('C', 'READ', [Z, 0], { restartPoint: 0 }, '0009c0013100120100'),
  worked('S', 'ACK(READ)', [1, 0], { diagnostic: OK }, '000bc03501000203000000'),
  worked(
    'S',
    'DTF',
    [1, 0],
    Buffer.from('line one\nline two\n'),
    '0018000001006c696e65206f6e650a6c696e652074776f0a',
  ),
  worked('S', 'DTF.END', [1, 0], { diagnostic: OK }, '000bc00401000203000000'),
  worked('C', 'TRANS.END', [Z, 0], { dataBytes: 18n, articles: 1 }, '000cc00831001b01121c0101'),
  worked(
    'S',
    'ACK(TRANS.END)',
    [1, 0],
    { diagnostic: OK, dataBytes: 18n, articles: 1 },
    '0011c037010002030000001b01121c0101',
  ),
  worked('C', 'CRF', [Z, 0], { diagnostic: OK }, '000bc01531000203000000'),
  worked('S', 'ACK(CRF)', [1, 0], { diagnostic: OK }, '000bc03401000203000000'),
  worked('C', 'DESELECT', [Z, 0], { diagnostic: OK }, '000bc01331000203000000'),
  worked('S', 'ACK(DESELECT)', [1, 0], { diagnostic: OK }, '000bc03201000203000000'),
  worked('C', 'RELEASE', [Z, 1], { diagnostic: OK }, '000b402331010203000000'),
  worked('S', 'RELCONF', [1, Z], {}, '000640240131'),
]

/** Reference pesit-e §16.3. */
export const WORKED_OTHERS: readonly WorkedFpdu[] = [
  worked(
    'S',
    'RCONNECT',
    [1, 0],
    { diagnostic: { type: 3, reason: 304 }, freeText: 'bad password' },
    '0019402201000203030130630c6261642070617373776f7264',
  ),
  worked('C', 'ABORT', [Y, 1], { diagnostic: { type: 3, reason: 318 } }, '000b40252201020303013e'),
  worked(
    'S',
    'ACK(CREATE)',
    [1, 0],
    { diagnostic: { type: 2, reason: 226 }, maxEntityBytes: 4_096, freeText: 'unknown flow' },
    '001dc030010002030200e219021000630c756e6b6e6f776e20666c6f77',
  ),
  worked(
    'C',
    'IDT',
    [Y, 0],
    { diagnostic: { type: 2, reason: 216 }, endCode: 16 },
    '000ec006220002030200d8130110',
  ),
  worked('S', 'ACK(IDT)', [1, 0], {}, '0006c03a0100'),
  worked(
    'C',
    'RESYN',
    [Y, 0],
    { diagnostic: { type: 1, reason: 100 }, restartPoint: 3 },
    '000ec00522000203010064120103',
  ),
  worked('S', 'ACK(RESYN)', [1, 0], { restartPoint: 3 }, '0009c0390100120103'),
  worked(
    'C',
    'MSG',
    [Y, 0],
    {
      ...FACT,
      attributesWanted: 0,
      createdAt: FILE.createdAt,
      originalSender: 'GATEWAY1',
      finalReceiver: 'PARTNER1',
      message: 'RECEIVED OK',
    },
    '004cc0162200090d0b01000c0846414354303030310d01010e0100320e330c3235313132323130313530303d0847415445574159313e08504152544e4552315b0b5245434549564544204f4b',
  ),
  worked(
    'S',
    'ACK(MSG)',
    [1, 0],
    { diagnostic: OK, transferId: 1 },
    '000ec03b010002030000000d0101',
  ),
  worked(
    'C',
    'CREATE',
    [Y, 0],
    { ...CREATE, restarted: 1, dataCode: 2 },
    '0046c0112200090d0b01000c0846414354303030310d01010f0101100102110101190210001e071f01802002040028062901002a0101320e330c323531313232313031353030',
  ),
  worked(
    'S',
    'ACK(WRITE)',
    [1, 0],
    { diagnostic: OK, restartPoint: 3 },
    '000ec03601000203000000120103',
  ),
]

/** Reference pesit-e §16.4: one entity of several FPDUs. */
export const WORKED_ENTITY =
  '0009000022004141410009c0032200140101000800412200424200080040220043430008004222004444000bc00422000203000000'

export const ALL_WORKED: readonly WorkedFpdu[] = [...WORKED_WRITE, ...WORKED_READ, ...WORKED_OTHERS]
