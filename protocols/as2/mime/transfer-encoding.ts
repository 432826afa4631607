import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'

/** In HTTP a missing Content-Transfer-Encoding is binary (RFC 4130 §4.1). */
const IDENTITIES: ReadonlySet<string> = new Set(['', 'binary', '8bit', '7bit'])

/** The octets without their transfer encoding. @throws MessageFault for one that is not known */
export function withoutTransferEncoding(octets: Octets, encoding: string | undefined): Octets {
  const name = (encoding ?? '').trim().toLowerCase()
  if (IDENTITIES.has(name)) return octets
  if (name === 'base64') return base64Decoded(octets)
  throw new MessageFault('unsupported', `Content-Transfer-Encoding ${name.slice(0, 40)}`)
}

/** Four characters are three bytes: what is left of a group waits for the next piece. */
async function* base64Decoded(octets: Octets): AsyncGenerator<Buffer> {
  let rest = ''
  let isOver = false
  for await (const piece of octets) {
    const text = rest + piece.toString('latin1').replaceAll(/[\r\n\t ]/g, '')
    if (/[^A-Za-z0-9+/=]/.test(text) || (isOver && text !== '')) throw notBase64()
    const end = text.indexOf('=')
    const whole = text.length - (text.length % 4)
    if (end !== -1) {
      if (!/^={1,2}$/.test(text.slice(end)) && text.length % 4 === 0) throw notBase64()
      isOver = text.length % 4 === 0
    }
    rest = text.slice(whole)
    if (rest.length > 3) throw notBase64()
    const decoded = Buffer.from(text.slice(0, whole), 'base64')
    if (decoded.length > 0) yield decoded
  }
  if (rest.length === 1 || rest.startsWith('=')) throw notBase64()
  // Some senders leave the padding out.
  if (rest !== '') yield Buffer.from(rest, 'base64')
}

function notBase64(): MessageFault {
  return new MessageFault('malformed', 'A part announced as base64 is none')
}

const LINES = /.{1,76}/g

/** Base64 in lines, for small parts. */
export function base64Lines(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll(LINES, '$&\r\n')
}
