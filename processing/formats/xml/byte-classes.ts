/** What each byte of UTF-8 can mean at a place of a document: tables, so that scanning is a lookup. */

/** In character data. */
export const TEXT = {
  plain: 0,
  lessThan: 1,
  ampersand: 2,
  carriageReturn: 3,
  /** May begin `]]>`. */
  bracket: 4,
  /** May begin U+FFFE or U+FFFF. */
  lastOfPlane: 5,
  /** Never a character of XML. */
  forbidden: 6,
  quote: 7,
  /** White space that an attribute value shows as a space. */
  space: 8,
} as const

const SPACES = [0x20, 0x09, 0x0a, 0x0d]

export const TEXT_CLASSES = new Uint8Array(256)
for (let byte = 0; byte < 0x20; byte += 1) {
  if (!SPACES.includes(byte)) TEXT_CLASSES[byte] = TEXT.forbidden
}
TEXT_CLASSES[0x3c] = TEXT.lessThan
TEXT_CLASSES[0x26] = TEXT.ampersand
TEXT_CLASSES[0x0d] = TEXT.carriageReturn
TEXT_CLASSES[0x5d] = TEXT.bracket
TEXT_CLASSES[0xef] = TEXT.lastOfPlane

/** In attribute values: the quotes may end them, and `]` means nothing. */
export const VALUE_CLASSES = TEXT_CLASSES.slice()
VALUE_CLASSES[0x5d] = TEXT.plain
VALUE_CLASSES[0x22] = TEXT.quote
VALUE_CLASSES[0x27] = TEXT.quote
VALUE_CLASSES[0x09] = TEXT.space
VALUE_CLASSES[0x0a] = TEXT.space

/** Inside comments, CDATA sections and instructions: only what is no character matters. */
export const OPAQUE_CLASSES = TEXT_CLASSES.slice()
OPAQUE_CLASSES[0x3c] = TEXT.plain
OPAQUE_CLASSES[0x26] = TEXT.plain

/** 1 = may stand in a name; whether a name is one in full is asked once per name. */
export const IN_NAME = new Uint8Array(256).fill(1, 0x80)
for (const character of '-.:_') IN_NAME[character.charCodeAt(0)] = 1
for (let byte = 0x30; byte <= 0x39; byte += 1) IN_NAME[byte] = 1
for (let byte = 0x41; byte <= 0x5a; byte += 1) IN_NAME[byte] = IN_NAME[byte + 0x20] = 1

/** 1 = white space. */
export const IS_SPACE = new Uint8Array(256)
for (const space of SPACES) IS_SPACE[space] = 1

/** U+FFFE or U+FFFF stand at this 0xEF. */
export function isNoCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe
}
