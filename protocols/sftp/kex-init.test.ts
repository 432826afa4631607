import { expect, test } from 'vitest'
import { readKexInit, withKexNames } from './kex-init.ts'

const LISTS = ['k1,k2', 'h', 'ci', 'co', 'mi', 'mo', 'zi', 'zo', '', '']

function kexInit(lists: readonly string[], firstKexFollows = 0): Buffer {
  const strings = lists.map((list) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(list.length)
    return Buffer.concat([length, Buffer.from(list)])
  })
  const head = Buffer.alloc(17, 7)
  head[0] = 20
  return Buffer.concat([head, ...strings, Buffer.of(firstKexFollows, 0, 0, 0, 0)])
}

test('the lists of a KEXINIT are read, an empty one as no name', () => {
  expect(readKexInit(kexInit(LISTS, 1))).toEqual({
    kex: ['k1', 'k2'],
    hostKey: ['h'],
    cipherIn: ['ci'],
    cipherOut: ['co'],
    macIn: ['mi'],
    macOut: ['mo'],
    compressionIn: ['zi'],
    compressionOut: ['zo'],
    firstKexFollows: true,
  })
  expect(readKexInit(kexInit(['', ...LISTS.slice(1)]))?.kex).toEqual([])
})

test('a KEXINIT cut before its tenth list is malformed', () => {
  const whole = kexInit(LISTS)
  for (let bytes = 0; bytes < whole.length - 5; bytes += 1) {
    expect(readKexInit(whole.subarray(0, bytes))).toBeUndefined()
  }
})

test('a length beyond the message is malformed', () => {
  const message = kexInit(LISTS)
  message.writeUInt32BE(0xffffffff, 17)
  expect(readKexInit(message)).toBeUndefined()
})

test('other names of key exchanges change nothing else of the message', () => {
  expect(withKexNames(kexInit(LISTS, 1), ['a', 'bb', 'c'])).toEqual(
    kexInit(['a,bb,c', ...LISTS.slice(1)], 1),
  )
})
