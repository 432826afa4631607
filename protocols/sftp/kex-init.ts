import type { KexInitLists } from './algorithms.ts'

/** SSH_MSG_KEXINIT (RFC 4253 §7.1): what each side offers. */
export const MESSAGE_KEXINIT = 20

/** Type and cookie come before the lists. */
const LISTS_OFFSET = 17
const LISTS = 10

/** @returns undefined when the message is malformed */
export function readKexInit(payload: Buffer): KexInitLists | undefined {
  const lists: string[][] = []
  let at = LISTS_OFFSET
  for (let index = 0; index < LISTS; index += 1) {
    if (at + 4 > payload.length) return undefined
    const end = at + 4 + payload.readUInt32BE(at)
    if (end > payload.length) return undefined
    lists.push(end === at + 4 ? [] : payload.toString('latin1', at + 4, end).split(','))
    at = end
  }
  const [kex, hostKey, cipherIn, cipherOut, macIn, macOut, compressionIn, compressionOut] = lists
  return {
    kex: kex!,
    hostKey: hostKey!,
    cipherIn: cipherIn!,
    cipherOut: cipherOut!,
    macIn: macIn!,
    macOut: macOut!,
    compressionIn: compressionIn!,
    compressionOut: compressionOut!,
    firstKexFollows: payload[at] === 1,
  }
}

/** The same message with other names of key exchanges. @param payload a well-formed KEXINIT */
export function withKexNames(payload: Buffer, names: readonly string[]): Buffer {
  const list = Buffer.from(names.join(','), 'latin1')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(list.length)
  const rest = payload.subarray(LISTS_OFFSET + 4 + payload.readUInt32BE(LISTS_OFFSET))
  return Buffer.concat([payload.subarray(0, LISTS_OFFSET), length, list, rest])
}
