import type { Certificate } from '../../../certs/certificate.ts'
import type { LegacyAlgorithm } from '../cms/algorithms.ts'
import type { VerifiedSignature } from '../cms/verify-signature.ts'
import { MessageFault } from '../message-fault.ts'
import { MessageReader, type OpenedMessage } from '../message-reader.ts'
import { parseMic, type Mic } from '../mic.ts'
import { readEntity, type MimeQuirks } from '../mime/entity.ts'
import { parseHeaderFields, type HeaderFields } from '../mime/header-fields.ts'
import { MultipartReader } from '../mime/multipart.ts'
import { parseParameterised } from '../mime/parameterised-value.ts'
import { withoutTransferEncoding } from '../mime/transfer-encoding.ts'
import { collect, drain, octetsOf, type Octets } from '../octets.ts'
import { parseDisposition, type ReadDisposition } from './disposition.ts'

/** An MDN as a partner gave it. */
export interface ReadMdn {
  /** Undefined for one without a signature, which proves nothing when one was asked for. */
  readonly signature: VerifiedSignature | undefined
  readonly originalMessageId: string | undefined
  /** Undefined for a text that is no disposition: not a success. */
  readonly disposition: ReadDisposition | undefined
  readonly mic: Mic | undefined
  readonly finalRecipient: string | undefined
  readonly reportingUa: string | undefined
  /** What it says to people. */
  readonly text: string
  readonly fields: HeaderFields
}

export interface MdnReading {
  /** Signature certificates of the partner. */
  readonly registered: readonly Certificate[]
  readonly legacy: ReadonlySet<LegacyAlgorithm>
  readonly quirks: MimeQuirks
}

const MAX_MDN_BYTES = 1024 * 1024
const MAX_TEXT_BYTES = 64 * 1024
const MAX_PARTS = 8
const NO_INFLATION = { maxBytes: MAX_MDN_BYTES, maxRatio: 200, freeBytes: MAX_MDN_BYTES }
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'message/disposition-notification',
  'message/global-disposition-notification',
])

/**
 * Reads an MDN and verifies its signature if it has one; whether that was needed, and whether
 * Message-ID and MIC are the right ones, is the caller's to judge, in that order.
 * @throws MessageFault
 */
export async function readMdn(
  headers: HeaderFields,
  body: Octets,
  { registered, legacy, quirks }: MdnReading,
): Promise<ReadMdn> {
  const reader = new MessageReader({
    keys: [],
    registered,
    legacy,
    quirks,
    inflation: NO_INFLATION,
    micHashes: [],
  })
  const opened = await reader.open(headers, body)
  return readOpenedMdn(opened, reader, quirks)
}

/** Whether what stands inside a message's layers is an MDN. */
export function isMdn({ headers }: OpenedMessage): boolean {
  return parseParameterised(headers.get('content-type') ?? '').value === 'multipart/report'
}

/**
 * The same for a message that its reader has opened: over HTTP nothing in the headers says that a
 * signed message is an MDN.
 * @throws MessageFault
 */
export async function readOpenedMdn(
  opened: OpenedMessage,
  reader: MessageReader,
  quirks: MimeQuirks,
): Promise<ReadMdn> {
  const report = await collect(opened.payload, MAX_MDN_BYTES)
  const type = parseParameterised(opened.headers.get('content-type') ?? '')
  if (type.value !== 'multipart/report') {
    throw new MessageFault('malformed', `An MDN of type ${type.value.slice(0, 60)}`)
  }
  const { text, fields } = await readReport(report, type.parameters.get('boundary'), quirks)
  const mic = fields.get('received-content-mic')
  return {
    signature: reader.facts.signature,
    originalMessageId: fields.get('original-message-id'),
    disposition: dispositionOf(fields),
    mic: mic === undefined ? undefined : parseMic(mic),
    finalRecipient: fields.get('final-recipient'),
    reportingUa: fields.get('reporting-ua'),
    text,
    fields,
  }
}

async function readReport(
  report: Buffer,
  boundary: string | undefined,
  quirks: MimeQuirks,
): Promise<{ readonly text: string; readonly fields: HeaderFields }> {
  const parts = new MultipartReader(octetsOf(report), boundary, quirks)
  let text = ''
  let fields: HeaderFields | undefined
  for (let count = 0; ; count += 1) {
    const part = await parts.next()
    if (part === undefined) break
    if (count >= MAX_PARTS) throw new MessageFault('limit', 'An MDN of many parts')
    const { headers, body } = await readEntity(part, quirks)
    const { value } = parseParameterised(headers.get('content-type') ?? 'text/plain')
    const octets = withoutTransferEncoding(body, headers.get('content-transfer-encoding'))
    if (NOTIFICATIONS.has(value) && fields === undefined) {
      fields = parseHeaderFields(trimmed(await collect(octets, MAX_TEXT_BYTES)))
    } else if (value === 'text/plain' && text === '') {
      text = (await collect(octets, MAX_TEXT_BYTES)).toString('utf8')
    } else {
      await drain(octets)
    }
  }
  if (fields === undefined) throw new MessageFault('malformed', 'An MDN without its notification')
  return { text, fields }
}

/** Blank lines around the fields, and between them (RFC 3798 groups them so in some products). */
function trimmed(block: Buffer): Buffer {
  return Buffer.from(
    block
      .toString('latin1')
      .replaceAll(/(?:\r?\n)+/g, '\r\n')
      .trim(),
    'latin1',
  )
}

function dispositionOf(fields: HeaderFields): ReadDisposition | undefined {
  const value = fields.get('disposition')
  if (value === undefined) return undefined
  const extra = (['error', 'warning', 'failure'] as const).flatMap((name) => {
    const text = fields.get(name)
    return text === undefined ? [] : [[name, text] as const]
  })
  return parseDisposition(value, Object.fromEntries(extra))
}
