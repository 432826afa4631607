/** Lexical rules of the rarer XML Schema types, on values whose white space is already collapsed. */

/** xs:language. */
export function isLanguage(value: string): boolean {
  return /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(value)
}

/** xs:NCName, the form of an xs:ID. */
export function isNcName(value: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*$/u.test(value)
}
