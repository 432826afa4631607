import { randomUUID, X509Certificate } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from '../../certs/authority.ts'
import { checkCertificates } from '../../certs/check-certificates.ts'
import { parseDer, type DerElement } from '../../certs/der.ts'
import { isDerError, readPkcs7 } from '../../certs/pkcs7.ts'
import { readRevocationList } from '../../certs/trust/revocation-list.ts'
import { writePkcs7, writePkcs7Pem } from '../../certs/write-pkcs7.ts'
import { parseSshPublicKey, sshKeyObject, sshPublicKeyBlob } from '../../certs/ssh-public-key.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { parseInboundName } from '../../config/flow-name.ts'
import { readCapture } from '../../gateway/cli/capture-file.ts'
import { ArchiveFault } from '../../processing/archives/archive-fault.ts'
import { TarReader } from '../../processing/archives/tar-reader.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { checkInvoices } from '../../processing/check-invoices.ts'
import { extractFlow } from '../../processing/extract-flow.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'
import { XmlReader } from '../../processing/formats/xml/xml-reader.ts'
import { XmlStream } from '../../processing/formats/xml/xml-stream.ts'
import { makeCiiInvoice } from '../../bench/invoices/cii-invoice.ts'
import { MalformedPacket } from '../../protocols/sftp/byte-reader.ts'
import { RequestParser } from '../../protocols/sftp/request-parser.ts'
import { FUZZ_AS2_TARGETS } from './as2-targets.ts'
import { ArticleReader } from '../../protocols/pesit/article-reader.ts'
import { ArticleDecompressor } from '../../protocols/pesit/compression.ts'
import { describeFpdu } from '../../protocols/pesit/describe-fpdu.ts'
import { encodeFpdu, hasData } from '../../protocols/pesit/fpdu.ts'
import { FPDU_TYPES } from '../../protocols/pesit/fpdu-types.ts'
import type { FpduName, ParameterFpduName } from '../../protocols/pesit/fpdu-types.ts'
import { FrameReader } from '../../protocols/pesit/frame-reader.ts'
import type { ParameterValues } from '../../protocols/pesit/parameter-table.ts'
import { PesitFault } from '../../protocols/pesit/pesit-fault.ts'
import { decodeStream } from '../../protocols/pesit/stream-decoder.ts'
import { stepSession } from '../../protocols/pesit/session-machine.ts'
import { newSession } from '../../protocols/pesit/session-state.ts'
import type { SessionState } from '../../protocols/pesit/session-state.ts'
import { parseProxyHeader } from '../../protocols/proxy-protocol.ts'
import { pcap, pcapng, tcpFrame } from '../support/capture-bytes.ts'
import { ALL_WORKED, WORKED_ENTITY, WORKED_WRITE } from '../support/pesit-worked-bytes.ts'
import type { Random } from './random.ts'

/** A parser that meets bytes a partner chose. */
export interface FuzzTarget {
  readonly name: string
  /** Good inputs, to be damaged. */
  seeds(): Promise<readonly Buffer[]> | readonly Buffer[]
  /** Feeds one input. @throws when the parser did anything but answer or refuse */
  feed(input: Buffer, random: Random): void | Promise<void>
}

const SAMPLE = {
  number: 'FUZZ-0001',
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

const LIMITS = {
  maxFileBytes: 4 * 1024 * 1024,
  maxExtractedBytes: 16 * 1024 * 1024,
  maxInvoices: 50,
}

const PESIT_OK = { type: 0, reason: 0 }

const PESIT_RULES = {
  strictness: 'lenient',
  sync: { intervalKib: 64, window: 2 },
  mayResynchronise: true,
  compressions: [1, 2, 3],
  maxEntityBytes: 65_535,
} as const

/** What the server of a fuzzed session says, so that deep states are met. */
const PESIT_ANSWERS: Readonly<Partial<Record<FpduName, ParameterValues>>> = {
  ACONNECT: { version: 2, syncOption: { intervalKib: 32, window: 2 } },
  'ACK(CREATE)': { diagnostic: PESIT_OK, maxEntityBytes: 1_024 },
  'ACK(SELECT)': { diagnostic: PESIT_OK, fileType: 0, fileName: 'A', maxEntityBytes: 1_024 },
  'ACK(WRITE)': { diagnostic: PESIT_OK, restartPoint: 0 },
  'ACK(SYN)': { syncPoint: 1 },
  'ACK(RESYN)': { restartPoint: 0 },
  'ACK(IDT)': {},
  RELCONF: {},
}

function pesitAnswered(session: SessionState, came: FpduName): SessionState {
  const [name] = FPDU_TYPES[came].answers as readonly ParameterFpduName[]
  if (name === undefined) return session
  const values = PESIT_ANSWERS[name] ?? { diagnostic: PESIT_OK }
  return stepSession(session, { kind: 'wish', name, values }, PESIT_RULES).session
}

const isPesitFault = (error: unknown): boolean => error instanceof PesitFault

/** Runs `attempt`; only an error that `isRefusal` knows is a fair answer. */
function fairly(attempt: () => void, isRefusal: (error: unknown) => boolean): void {
  try {
    attempt()
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
}

function sampleArchive(): Promise<Buffer> {
  return archiveBytes([
    { name: 'one.xml', content: makeUblInvoice({ ...SAMPLE, lines: 1, pdf: false }) },
    { name: 'two.xml', content: makeUblInvoice({ ...SAMPLE, number: 'FUZZ-2', pdf: false }) },
  ])
}

function frame(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...parts])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** FPDUs as a requester and a server send them, with the prefix of TCP. */
function pesitSeeds(): readonly Buffer[] {
  const entity = (hex: string): Buffer => {
    const bytes = Buffer.from(hex, 'hex')
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
  }
  const requester = WORKED_WRITE.filter(({ direction }) => direction === 'C').map(({ hex }) => hex)
  return [
    Buffer.concat(requester.map((hex) => entity(hex))),
    Buffer.from(requester.join(''), 'hex'),
    entity('d7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1'),
    entity(WORKED_ENTITY),
    ...ALL_WORKED.map(({ hex }) => entity(hex)),
  ]
}

/** A real chain as PKCS#7 in DER and PEM, as bare certificates, and in BER of indefinite lengths. */
async function certificateSeeds(): Promise<readonly Buffer[]> {
  const root = await makeRoot(Date.now())
  const intermediate = await makeIntermediate(root, Date.now())
  const { publicKey } = await makeKeyPair({ type: 'ec', curve: 'P-256' })
  const { certificatePem, chainPem } = issueLeaf(root, intermediate, {
    commonName: 'fuzz.example',
    publicKey,
    purpose: 'server',
    dnsNames: ['fuzz.example'],
    ...leafValidity(Date.now(), 365),
  })
  const chain = [certificatePem, ...chainPem]
  const [leaf] = chain.map((pem) => new X509Certificate(pem).raw)
  const der = writePkcs7(chain)
  // SEQUENCE, [0] and SignedData without their lengths: 30 82 xx xx → 30 80, and three end marks.
  const ber = Buffer.concat([
    Buffer.from('3080', 'hex'),
    der.subarray(4, 15),
    Buffer.from('a0803080', 'hex'),
    der.subarray(23),
    Buffer.alloc(6),
  ])
  return [der, ber, leaf!, Buffer.from(chain.join('')), Buffer.from(writePkcs7Pem(chain))]
}

function countElements(element: DerElement): number {
  if (!element.isConstructed) return 1
  return element.children().reduce((sum, child) => sum + countElements(child), 1)
}

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'flow name',
    seeds: () => [
      Buffer.from('FSO1110A_SIM123_SIM1231110000000000000042.tar.gz'),
      Buffer.from('CSO1110A_SIM123_SIM1231110000000000000042.xml'),
    ],
    feed: (input) => {
      parseInboundName(input.toString('latin1'))
    },
  },
  {
    name: 'SFTP requests',
    seeds: () => [
      Buffer.concat([
        frame(1, uint32(3)),
        frame(3, uint32(1), string('/depot/a.xml'), uint32(26), uint32(0)),
        frame(6, uint32(2), string('h1'), Buffer.alloc(8), string(Buffer.alloc(300, 7))),
        frame(4, uint32(3), string('h1')),
      ]),
      frame(18, uint32(9), string('/depot/a'), string('/depot/b')),
      frame(200, uint32(9), string('statvfs@openssh.com'), string('/')),
    ],
    feed: (input, random) => {
      const parser = new RequestParser()
      fairly(
        () => {
          for (let at = 0; at < input.length;) {
            const size = 1 + random.below(40)
            parser.push(Buffer.from(input.subarray(at, at + size)))
            while (parser.next() !== undefined);
            at += size
          }
        },
        (error) => error instanceof MalformedPacket,
      )
    },
  },
  {
    name: 'PeSIT stream, FPDUs and session',
    seeds: pesitSeeds,
    feed: (input, random) => {
      const isServer = random.below(2) === 0
      const reader = new FrameReader({
        framing: isServer ? 'auto' : random.pick(['prefix', 'raw']),
        first: isServer ? 'pre-connection-or-fpdu' : 'fpdu',
        maxEntityBytes: 65_535,
      })
      let session = newSession('server', 0x22)
      const articles = new ArticleReader({ maxArticleBytes: 1_024 })
      fairly(() => {
        for (let at = 0; at < input.length;) {
          const size = 1 + random.below(80)
          reader.push(Buffer.from(input.subarray(at, at + size)))
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
            if (frame.kind !== 'fpdu') continue
            if (!encodeFpdu(frame.fpdu).equals(frame.raw.subarray(0, frame.raw.readUInt16BE(0))))
              throw new Error('an FPDU does not come back as it was')
            describeFpdu(frame.fpdu)
            const step = stepSession(session, { kind: 'received', fpdu: frame.fpdu }, PESIT_RULES)
            session = pesitAnswered(step.session, frame.fpdu.name)
            const { fpdu } = frame
            if (hasData(fpdu)) fairly(() => articles.read(fpdu), isPesitFault)
          }
          at += size
        }
      }, isPesitFault)
    },
  },
  {
    name: 'PeSIT recordings',
    seeds: () => {
      const [said = Buffer.alloc(0)] = pesitSeeds()
      const frames = [tcpFrame(0, said.subarray(0, 50)), tcpFrame(50, said.subarray(50))]
      return [pcap('little', frames), pcapng('little', frames), pcapng('big', frames)]
    },
    feed: (input) => {
      for (const { bytes } of readCapture(input) ?? []) decodeStream(bytes)
      decodeStream(input)
    },
  },
  {
    name: 'PeSIT compression',
    seeds: () =>
      ['010186020103', '080102030203050607', '8401020203', '3f'.padEnd(128, '41')].map((hex) =>
        Buffer.from(hex, 'hex'),
      ),
    feed: (input, random) => {
      const decompressor = new ArticleDecompressor(
        random.pick(['horizontal', 'vertical', 'both']),
        1_024,
        random.pick(['blank', 'keep']),
      )
      for (let round = 0; round < 2; round += 1) {
        fairly(() => {
          if (decompressor.decompress(input).length > 1_024) throw new Error('a bomb went off')
        }, isPesitFault)
      }
    },
  },
  {
    name: 'SSH public key',
    seeds: async () => {
      const keys = await Promise.all([
        makeKeyPair({ type: 'ed25519' }),
        makeKeyPair({ type: 'rsa', bits: 2_048 }),
      ])
      return keys.flatMap(({ publicKey }) => sshPublicKeyBlob(publicKey) ?? [])
    },
    feed: (input) => {
      const key = parseSshPublicKey(input)
      if (key !== undefined) sshKeyObject(key)
    },
  },
  {
    name: 'PROXY header',
    seeds: () => [
      Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 56324 2222\r\nSSH-2.0-x\r\n'),
      Buffer.concat([
        Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'),
        Buffer.from('c0000201c0000202dc0408ae', 'hex'),
      ]),
    ],
    feed: (input) => {
      parseProxyHeader(input)
    },
  },
  {
    name: 'PKCS#7, certificates, revocation lists',
    seeds: certificateSeeds,
    feed: async (input) => {
      await checkCertificates({
        bytes: input,
        protocol: 'as2',
        now: Date.now(),
        environment: 'qualification',
        anchors: [],
      })
      fairly(() => readPkcs7(input, 32), isDerError)
      fairly(() => readRevocationList(input), isDerError)
      for (const rules of ['der', 'ber'] as const) {
        const limits = { maxDepth: 32, maxElements: 10_000, rules }
        fairly(() => countElements(parseDer(input, limits, 'allow')), isDerError)
      }
    },
  },
  {
    name: 'tar archive',
    seeds: async () => [gunzipSync(await sampleArchive())],
    feed: (input, random) => {
      const reader = new TarReader({ entry: () => {}, content: () => {}, entryEnd: () => {} })
      fairly(
        () => {
          for (let at = 0; at < input.length;) {
            const size = 1 + random.below(1_500)
            reader.write(input.subarray(at, at + size))
            at += size
          }
          reader.end()
        },
        (error) => error instanceof ArchiveFault,
      )
    },
  },
  {
    name: 'flow extraction (gzip and tar)',
    seeds: async () => [await sampleArchive()],
    feed: async (input) => {
      const folder = join(tmpdir(), `raccord-fuzz-${randomUUID()}`)
      await mkdir(folder)
      try {
        const path = join(folder, 'flow')
        await writeFile(path, input)
        await extractFlow({
          path,
          extension: 'tar.gz',
          code: { hasStylesheet: true, fileExtensions: ['.xml'] },
          limits: LIMITS,
          chunk: { invoices: 10, bytes: 1024 * 1024 },
          outputFolder: folder,
        })
      } finally {
        await rm(folder, { recursive: true, maxRetries: 10 })
      }
    },
  },
  {
    name: 'invoice, by every rule',
    seeds: () => [
      Buffer.from(makeUblInvoice({ ...SAMPLE, lines: 2, pdf: false })),
      Buffer.from(makeUblInvoice({ ...SAMPLE, credit: true, lines: 1 })),
      Buffer.from(makeCiiInvoice(SAMPLE.number, 2)),
      Buffer.from(`\ufeff${makeCiiInvoice(SAMPLE.number, 1)}`, 'utf16le'),
      Buffer.from(XML_FEATURES),
    ],
    feed: (input, random) => {
      const { invoices } = checkInvoices(
        { part: 1, file: 'fuzz.xml', bytes: input },
        {
          ruleSets: ['structure', 'en16931', 'chorus-pro', 'directory', 'br-fr'],
          format: null,
          settings: {
            environment: 'qualification',
            utf8Only: false,
            family: 'E2',
            requirePdf: false,
            strictFacturX: false,
            unknownRecipient: 'warn',
          },
        },
      )
      if (invoices.length === 0) throw new Error('nothing is said of the file')
      const rss = process.memoryUsage.rss()
      if (rss > MAX_FUZZ_RSS) throw new Error(`${rss} bytes of memory are in use`)
      const stream = new XmlStream()
      for (let at = 0; at < input.length;) {
        const size = 1 + random.below(2_000)
        stream.write(input.subarray(at, at + size))
        at += size
      }
      const whole = new XmlReader().read(input)
      const inPieces = stream.end()
      if ((whole.fault === undefined) !== (inPieces.fault === undefined)) {
        throw new Error(
          `whole ${whole.fault?.rule ?? 'read'}, in pieces ${inPieces.fault?.rule ?? 'read'}`,
        )
      }
    },
  },
  ...FUZZ_AS2_TARGETS,
]

/** What a run may hold in all, with the runtime and every table of rules. */
const MAX_FUZZ_RSS = 512 * 1024 * 1024

/** Comments, sections, instructions, references, prefixes: what invoices seldom have. */
const XML_FEATURES = `<?xml version="1.0"?><!-- a --><?b c?><d:e xmlns:d="${NAMESPACES.ubl}" xmlns="${NAMESPACES.cbc}" f='&lt;"&#65;'>
<ID>&amp;<![CDATA[<x>]]]]>&#x1F600;<!-- y -->é</ID><xml:g xmlns=""/></d:e>`
