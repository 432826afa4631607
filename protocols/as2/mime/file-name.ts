import { MessageFault } from '../message-fault.ts'
import type { HeaderFields } from './header-fields.ts'
import { extendedValue, parseParameterised } from './parameterised-value.ts'

/** Of a name in a header; the file systems that matter stop at 255 bytes. */
const MAX_NAME_BYTES = 255
/** With the folders in front of it. */
const MAX_GIVEN_CHARACTERS = 1_024

/**
 * The file name that the payload's own headers give (filename preservation): `filename*`,
 * `filename`, or `name` of the Content-Type. Folders of the sender's machine in front of it are
 * taken off.
 * @returns undefined when none is given
 * @throws MessageFault `file-name` for one that would lead elsewhere or corrupts what it is put in
 */
export function fileNameOf(headers: HeaderFields): string | undefined {
  const disposition = parseParameterised(headers.get('content-disposition') ?? '').parameters
  const type = parseParameterised(headers.get('content-type') ?? '').parameters
  const extended = disposition.get('filename*')
  const given =
    (extended === undefined ? undefined : extendedValue(extended)) ??
    disposition.get('filename') ??
    type.get('name')
  return given === undefined || given === '' ? undefined : checkedName(given)
}

function checkedName(given: string): string {
  if (given.length > MAX_GIVEN_CHARACTERS) throw refused(given)
  // Some senders quote the quotes.
  const bare = given.replaceAll(/^"+|"+$/g, '').trim()
  const parts = bare.split(/[/\\]/)
  const name = parts.at(-1)!.normalize('NFC')
  const leadsElsewhere = parts.some((part) => part === '..') || name === '' || name === '.'
  const corrupts = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(bare) || /[<>:"|?*]/.test(name)
  if (leadsElsewhere || corrupts || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw refused(given)
  }
  return name
}

function refused(given: string): MessageFault {
  return new MessageFault('file-name', `File name refused: ${JSON.stringify(given.slice(0, 100))}`)
}
