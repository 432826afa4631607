/** A value of a column of bytes, in a line of JSON. */
interface Bytes {
  readonly $base64: string
}

/** Ends of lines for some readers (readline of Node), and part of a text in JSON. */
const LINE_SEPARATORS = /[\u2028\u2029]/g

/** A row of a table as one line, its end included. */
export function lineOfRow(row: Readonly<Record<string, unknown>>): string {
  const plain = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array
        ? ({ $base64: Buffer.from(value).toString('base64') } satisfies Bytes)
        : value,
    ]),
  )
  const text = JSON.stringify(plain).replaceAll(
    LINE_SEPARATORS,
    (separator) => `\\u${separator.codePointAt(0)!.toString(16)}`,
  )
  return `${text}\n`
}

/** The rows of a table from a text of such lines, however it is cut into pieces. */
export async function* rowsOfLines(
  text: AsyncIterable<Uint8Array>,
): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of text) {
    // Not by readline: lines of older backups hold its other ends of lines within texts.
    const lines = `${rest}${decoder.decode(piece, { stream: true })}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield rowOf(line)
  }
  if (rest !== '') yield rowOf(rest)
}

function rowOf(line: string): Record<string, unknown> {
  const row = JSON.parse(line) as Record<string, unknown>
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'object' && value !== null && '$base64' in value) {
      row[name] = Buffer.from((value as Bytes).$base64, 'base64')
    }
  }
  return row
}
