import { randomBytes } from 'node:crypto'
import type { Signer } from '../cms/write-signed.ts'
import { headerBlock, signWhole, type HeaderList } from '../message-writer.ts'
import { writeMic, type Mic } from '../mic.ts'
import { collect } from '../octets.ts'
import { writeDisposition, type Disposition } from './disposition.ts'

export interface MdnOrder {
  /** `raccord/0.1.0`. */
  readonly reportingUa: string
  /** AS2-To of the message, written as it was there. */
  readonly recipient: string
  /** Exactly as received, brackets or none. */
  readonly originalMessageId: string
  readonly disposition: Disposition
  /** Absent only when it could not be computed. */
  readonly mic: Mic | undefined
  /** For people: one paragraph, no internals. */
  readonly text: string
  readonly signer?: Signer
  readonly micalg?: 'new' | 'old'
}

export interface BuiltMdn {
  /** Content-Type and MIME-Version; the transport's own are the caller's. */
  readonly headers: HeaderList
  /** Kept by who answers: the same message gets the same bytes again. */
  readonly body: Buffer
}

const MAX_MDN_BYTES = 256 * 1024
const MAX_VALUE_CHARACTERS = 998
const VERSION = ['MIME-Version', '1.0'] as const

/** Builds an MDN (RFC 8098, RFC 4130 §7.4): multipart/report, signed as a whole when asked. */
export async function buildMdn(order: MdnOrder): Promise<BuiltMdn> {
  const boundary = `----raccord-${randomBytes(18).toString('hex')}`
  const type = `multipart/report; report-type=disposition-notification; boundary="${boundary}"`
  const parts = [
    headerBlock([
      ['Content-Type', 'text/plain; charset=us-ascii'],
      ['Content-Transfer-Encoding', '7bit'],
    ]) + asText(order.text),
    headerBlock([
      ['Content-Type', 'message/disposition-notification'],
      ['Content-Transfer-Encoding', '7bit'],
    ]) + headerBlock(fieldsOf(order)),
  ]
  const body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
  const report: HeaderList = [['Content-Type', type]]
  if (order.signer === undefined) {
    return { headers: [...report, VERSION], body: Buffer.from(body, 'latin1') }
  }
  // The Content-Type line of the report is part of what is signed.
  const part = Buffer.from(headerBlock(report) + body, 'latin1')
  const { headers, octets } = signWhole(part, order.signer, order.micalg)
  return { headers: [...headers, VERSION], body: await collect(octets, MAX_MDN_BYTES) }
}

function fieldsOf(order: MdnOrder): HeaderList {
  const { reportingUa, recipient, originalMessageId, disposition, mic } = order
  const address = `rfc822; ${oneLine(recipient)}`
  return [
    ['Reporting-UA', oneLine(reportingUa)],
    ['Original-Recipient', address],
    ['Final-Recipient', address],
    ['Original-Message-ID', oneLine(originalMessageId)],
    ['Disposition', writeDisposition(disposition)],
    ...(mic === undefined ? [] : [['Received-Content-MIC', writeMic(mic, order.micalg)] as const]),
  ]
}

/** Values of the partner go back to it, but never as lines of their own. */
function oneLine(value: string): string {
  return value.replaceAll(/[^ -~]/g, '').slice(0, MAX_VALUE_CHARACTERS)
}

function asText(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replaceAll(/[^ -~]/g, '?'))
  return `${lines.join('\r\n')}\r\n`
}
