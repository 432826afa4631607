import type { ContentEnding } from '../../protocols/listener.ts'

/** Of the beginning and of the end of a document, this much is looked at. */
export const XML_WINDOW_BYTES = 64 * 1024

const NAME = String.raw`[^\s<>/&"'=!?]+`
const BEFORE_ROOT = /^(?:\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE(?:[^>[]|\[[\s\S]*?\])*>)*/u
const ROOT_START = new RegExp(String.raw`^<(${NAME})(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>`, 'u')

/**
 * Whether an XML document shows its end: the closing tag of its root. Nothing is parsed; what is
 * not XML at all, or has a beginning too long to find its root, is left to the pipeline.
 *
 * @param head the first bytes, at most `XML_WINDOW_BYTES`
 * @param tail the last bytes, at most `XML_WINDOW_BYTES`, from an even position
 * @param isWhole `head` is all there is
 */
export function xmlEnding(head: Buffer, tail: Buffer, isWhole: boolean): ContentEnding {
  const encoding = encodingOf(head)
  const start = decode(head, encoding).trimStart()
  if (start === '') return isWhole ? 'cut' : 'unknown'
  if (!start.startsWith('<')) return 'unknown'
  const root = start.slice(BEFORE_ROOT.exec(start)?.[0].length ?? 0)
  const rootTag = ROOT_START.exec(root)
  if (rootTag === null) return isWhole && /^(?:<|$)/u.test(root) ? 'cut' : 'unknown'
  if (rootTag[0].endsWith('/>')) return 'whole'
  const end = decode(tail, encoding)
  const closing = end.lastIndexOf(`</${rootTag[1]!}`)
  const isClosed = closing !== -1 && /^\s*>/u.test(end.slice(closing + 2 + rootTag[1]!.length))
  return isClosed ? 'whole' : 'cut'
}

type Encoding = 'utf16le' | 'utf16be' | 'latin1'

/** Enough of XML 1.0 appendix F to find tags; latin1 stands for all that extend ASCII. */
function encodingOf(head: Buffer): Encoding {
  const [first, second] = head
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf16be'
  return 'latin1'
}

function decode(bytes: Buffer, encoding: Encoding): string {
  switch (encoding) {
    case 'latin1':
      return bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/u, '')
    case 'utf16le':
      return bytes.toString('utf16le').replace(/^\ufeff/u, '')
    case 'utf16be': {
      const even = bytes.subarray(0, bytes.length & ~1)
      return Buffer.from(even)
        .swap16()
        .toString('utf16le')
        .replace(/^\ufeff/u, '')
    }
  }
}
