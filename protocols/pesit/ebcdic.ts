/**
 * Code page 037, as Latin-1 characters by EBCDIC byte. Only the pre-connection is written in it
 * (reference §2.4, §2.5); letters, digits and the blank are the same in every common EBCDIC page.
 */
const CODE_PAGE_037 = Buffer.from(
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f' +
    '80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
    '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac' +
    '2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
    'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4' +
    'b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
    '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff' +
    '5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f',
  'hex',
)

const TO_EBCDIC = Buffer.alloc(256)
for (const [ebcdic, latin1] of CODE_PAGE_037.entries()) TO_EBCDIC[latin1] = ebcdic

/** The blank, which pads fields to their length. */
export const EBCDIC_BLANK = 0x40

/** @param text ISO-8859-1 */
export function toEbcdic(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  for (const [at, byte] of bytes.entries()) bytes[at] = TO_EBCDIC.readUInt8(byte)
  return bytes
}

export function fromEbcdic(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
  for (const [at, byte] of text.entries()) text[at] = CODE_PAGE_037.readUInt8(byte)
  return text.toString('latin1')
}
