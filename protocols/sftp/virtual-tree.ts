import { failed } from './replies.ts'
import type { Reply } from './replies.ts'

/** Names of the two boxes, as the settings have them. */
export interface BoxNames {
  readonly inbound: string
  readonly outbound: string
}

/** Where a path leads in a partner's tree: two flat boxes under the root, and nothing else. */
export type Place =
  | { readonly kind: 'root' | 'inbound' | 'outbound'; readonly path: string }
  | { readonly kind: 'in-inbound' | 'in-outbound'; readonly path: string; readonly name: string }
  /** A well-formed path to where nothing can be. */
  | { readonly kind: 'nowhere'; readonly path: string }

/** Longest name of a file, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255

/** C0 and C1 controls, DEL, separators of lines and of other systems' paths, text-direction marks. */
// oxlint-disable-next-line no-control-regex -- control characters are what this refuses
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\\]/u

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The canonical path, or why there is none. Pure: nothing is looked up. Relative paths start at
 * the root, `..` above it stays there, names are NFC.
 *
 * @param bytes the path as it came; UTF-8
 */
export function canonicalPath(
  bytes: Uint8Array,
): { readonly names: readonly string[] } | { readonly fault: string } {
  let text: string
  try {
    text = utf8.decode(bytes).normalize('NFC')
  } catch {
    return { fault: 'The path is not UTF-8.' }
  }
  if (FORBIDDEN.test(text)) return { fault: 'The path holds a forbidden character.' }
  const names: string[] = []
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      names.pop()
      continue
    }
    if (name.trim() !== name) return { fault: 'A name may not start or end with a blank.' }
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) return { fault: 'A name is too long.' }
    names.push(name)
  }
  return { names }
}

/** Where the path leads, or the reply that refuses it. */
export function locate(bytes: Uint8Array, boxes: BoxNames): Place | { readonly refused: Reply } {
  const canonical = canonicalPath(bytes)
  if ('fault' in canonical) return { refused: failed('NO_SUCH_FILE', canonical.fault) }
  const { names } = canonical
  const path = `/${names.join('/')}`
  const [box, name, ...rest] = names
  if (box === undefined) return { kind: 'root', path }
  if (rest.length > 0 || (box !== boxes.inbound && box !== boxes.outbound)) {
    return { kind: 'nowhere', path }
  }
  const side = box === boxes.inbound ? 'inbound' : 'outbound'
  return name === undefined ? { kind: side, path } : { kind: `in-${side}`, path, name }
}
