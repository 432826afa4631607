/** The characters a pre-connection may hold, the same in every common EBCDIC page (reference §2.4). */
const ROWS: readonly (readonly [first: number, characters: string])[] = [
  [0x40, ' '],
  [0x81, 'abcdefghi'],
  [0x91, 'jklmnopqr'],
  [0xa2, 'stuvwxyz'],
  [0xc1, 'ABCDEFGHI'],
  [0xd1, 'JKLMNOPQR'],
  [0xe2, 'STUVWXYZ'],
  [0xf0, '0123456789'],
]

const BYTES = new Map<string, number>(
  ROWS.flatMap(([first, characters]) =>
    Array.from(characters, (character, n): [string, number] => [character, first + n]),
  ),
)
const CHARACTERS = new Map([...BYTES].map(([character, byte]) => [byte, character]))

/** @throws Error on a character that is no letter, digit or blank */
export function toEbcdic(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (character) => {
      const byte = BYTES.get(character)
      if (byte === undefined) throw new Error(`${character} has no EBCDIC byte here`)
      return byte
    }),
  )
}

/** Unknown bytes come out as `?`. */
export function fromEbcdic(bytes: Buffer): string {
  return [...bytes].map((byte) => CHARACTERS.get(byte) ?? '?').join('')
}
