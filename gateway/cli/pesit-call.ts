import { randomInt } from 'node:crypto'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import {
  newWritingRecord,
  PARTNER_PRESETS,
  PesitRequester,
  type CallOptions,
  type PartnerProductName,
  type PesitTls,
  type WritingRecord,
} from '../../protocols/pesit/sender.ts'
import { SendingError } from '../../protocols/sending.ts'
import type { ReadableContent } from '../../protocols/listener.ts'
import { isMissing } from '../durable-files.ts'
import type { PesitAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { writeWhole } from '../whole-file.ts'

/** How a tester wants to call, beside what the partner folder says. */
export interface PesitManner {
  /** PI 37 when absent. */
  readonly naming?: 'label' | 'free-text' | 'file-name'
  readonly product?: PartnerProductName
  readonly syncIntervalKib?: number
  readonly syncWindow?: number
  readonly compression?: number
  readonly hasChecksum?: boolean
  readonly articleBytes?: number
  readonly answerSeconds?: number
}

/** Of three bytes, and not 0 (PI 13). */
const TRANSFER_IDS = 0xff_ffff

/** Calls the gateway as a partner. @throws SendingError */
export async function callGateway(
  partner: PartnerFolder<PesitAddress>,
  access: CallOptions['access'],
  manner: PesitManner = {},
  signal?: AbortSignal,
): Promise<PesitRequester> {
  const { address } = partner
  const preset = PARTNER_PRESETS[manner.product ?? 'spec']
  const { syncIntervalKib, syncWindow, articleBytes } = manner
  return PesitRequester.connect({
    place: {
      host: address.host,
      port: address.port,
      ...(address.isTls ? { tls: await tlsOf(partner) } : {}),
    },
    requesterId: address.ownId,
    serverId: address.gatewayId,
    profile: {
      ...preset,
      sync: {
        intervalKib: syncIntervalKib ?? preset.sync.intervalKib,
        window: syncWindow ?? preset.sync.window,
      },
      articleBytes: articleBytes ?? preset.articleBytes,
    },
    access,
    ...(manner.compression === undefined ? {} : { compression: manner.compression }),
    ...(manner.hasChecksum === true ? { hasChecksum: true } : {}),
    ...(manner.answerSeconds === undefined ? {} : { answerSeconds: manner.answerSeconds }),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** @throws SendingError local, when the kit holds no certificate of the gateway */
async function tlsOf(partner: PartnerFolder<PesitAddress>): Promise<PesitTls> {
  const { privateKey, certificatePem, chainPem } = await partner.credentials('client')
  const known = (await partner.gatewayCertificates('pesit-server')).map(
    (pem) => new X509Certificate(pem).fingerprint256,
  )
  return {
    context: createSecureContext({ key: privateKey, cert: certificatePem + chainPem }),
    refuses: ({ fingerprint256 }) => {
      if (known.includes(fingerprint256)) return undefined
      return known.length === 0
        ? 'the folder holds no certificate of the gateway to know it by (gateway/pesit-server.pem)'
        : `it showed another certificate (${fingerprint256}) than the kit holds`
    },
  }
}

/** A file on this machine as a content to be sent. @throws SendingError local */
export async function contentOf(path: string): Promise<ReadableContent> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (cause) {
    throw new SendingError('local', `${path} cannot be read.`, { cause })
  }
  const { size } = await handle.stat()
  return {
    bytes: size,
    async read(buffers, position) {
      return (await handle.readv(buffers, position)).bytesRead
    },
    close: () => handle.close(),
  }
}

/**
 * What a restart of a flow goes by, kept in the partner folder: a transfer that was cut, also by the
 * end of this program, is taken up by the next one.
 */
export class TransferRecords {
  readonly #folder: string

  constructor({ folder }: Pick<PartnerFolder, 'folder'>) {
    this.#folder = join(folder, 'transfers')
  }

  /** The record of the flow that was not sent to its end; else a new one. */
  async of(fileName: string, articleBytes: number): Promise<WritingRecord> {
    try {
      // Our own words.
      return JSON.parse(await readFile(this.#path(fileName), 'utf8')) as WritingRecord
    } catch (error) {
      if (!isMissing(error)) throw error
      return newWritingRecord(randomInt(1, TRANSFER_IDS), new Date(), articleBytes)
    }
  }

  async keep(fileName: string, record: WritingRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeWhole(this.#folder, recordName(fileName), JSON.stringify(record))
  }

  async forget(fileName: string): Promise<void> {
    await rm(this.#path(fileName), { force: true })
  }

  #path(fileName: string): string {
    return join(this.#folder, recordName(fileName))
  }
}

function recordName(fileName: string): string {
  return `${encodeURIComponent(fileName)}.json`
}
