/**
 * xs:anyURI, on a value whose white space is collapsed: a URI reference (RFC 3986 appendix A) once
 * characters that may not stand in one have been escaped.
 */
export function isUri(value: string): boolean {
  const scheme = endOfScheme(value)
  let at = scheme
  let isFirstSegment = scheme === 0
  if (value.startsWith('//', at)) {
    at = endOfAuthority(value, at + 2)
    if (at < 0) return false
    isFirstSegment = false
  }
  for (; at < value.length && !isCode(value, at, '?#'); at += 1) {
    // A first segment with a colon would be a scheme.
    if (isFirstSegment && value[at] === ':') return false
    if (value[at] === '/') isFirstSegment = false
    else if (!isSegmentCharacter(value, at)) return false
  }
  const isQuery = value[at] === '?'
  for (at += 1; at < value.length; at += 1) {
    if (isQuery && value[at] === '#') return isTail(value, at + 1)
    if (!isSegmentCharacter(value, at) && !isCode(value, at, isQuery ? '/?' : '/?[]')) return false
  }
  return true
}

function isTail(value: string, start: number): boolean {
  for (let at = start; at < value.length; at += 1) {
    if (!isSegmentCharacter(value, at) && !isCode(value, at, '/?[]')) return false
  }
  return true
}

/** After `http:`; 0 = there is no scheme. */
function endOfScheme(value: string): number {
  if (!/^[A-Za-z]/.test(value)) return 0
  let at = 1
  while (at < value.length && /[A-Za-z0-9+.-]/.test(value[at] ?? '')) at += 1
  return value[at] === ':' ? at + 1 : 0
}

/** Where the path after `//user@host:port` begins; -1 when that is malformed. */
function endOfAuthority(value: string, start: number): number {
  let end = start
  while (end < value.length && !isCode(value, end, '/?#')) end += 1
  const authority = value.slice(start, end)
  const host = authority.slice(authority.indexOf('@') + 1)
  const user = authority.slice(0, Math.max(authority.indexOf('@'), 0))
  for (let at = 0; at < user.length; at += 1) {
    if (!isHostCharacter(user, at) && user[at] !== ':') return -1
  }
  const isLiteral = host.startsWith('[')
  const closing = host.indexOf(']')
  if (isLiteral && closing < 0) return -1
  let at = isLiteral ? closing + 1 : 0
  if (!isLiteral) {
    while (at < host.length && host[at] !== ':') {
      if (!isHostCharacter(host, at)) return -1
      at += 1
    }
  }
  if (host[at] === ':') {
    const port = host.slice(at + 1)
    return /^\d{1,10}$/.test(port) && Number(port) <= MAX_PORT ? end : -1
  }
  return at === host.length ? end : -1
}

const isCode = (value: string, at: number, set: string): boolean => set.includes(value[at] ?? ' ')

/** What may stand in a host or user name; a character that has to be escaped may too. */
function isHostCharacter(value: string, at: number): boolean {
  const code = value.charCodeAt(at)
  if (code > 0x7e || code < 0x20 || ESCAPED.includes(value[at] ?? ' ')) return true
  if (value[at] === '%') return /^[0-9A-Fa-f]{2}$/.test(value.slice(at + 1, at + 3))
  return /[A-Za-z0-9\-._~!$&'()*+,;=]/.test(value[at] ?? '')
}

function isSegmentCharacter(value: string, at: number): boolean {
  return isHostCharacter(value, at) || isCode(value, at, ':@')
}

const ESCAPED = ' <>"{}|\\^`'

/** A port beyond it is no number to the validator that partners compare with (libxml2). */
const MAX_PORT = 0x7fff_ffff
