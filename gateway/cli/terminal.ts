import { once } from 'node:events'
import { printable } from './printable.ts'

/**
 * Data goes to standard output, whole: waits for a slow reader instead of losing the tail. A person
 * sees it without what would move the screen.
 */
export async function writeOut(text: string): Promise<void> {
  const shown = process.stdout.isTTY ? printable(text) : text
  if (!process.stdout.write(shown)) await once(process.stdout, 'drain')
}

/** One document, the only thing on standard output when `--json` was given. */
export async function writeJson(document: unknown): Promise<void> {
  await writeOut(`${JSON.stringify(document, null, 2)}\n`)
}

/** A word to the person, beside the data. */
export function tell(text: string): void {
  process.stderr.write(`${printable(text)}\n`)
}

/** Columns aligned for a terminal; wide characters count as one. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join(
    '\n',
  )
}

/** What stands between people and numbers: `1.2 s`, `850 ms`. */
export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`
}

/** An answer of the API, as it streams. */
export async function copyToOutput(response: Response): Promise<void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null
  if (body === null) return
  for await (const piece of body) await writeOut(decoder.decode(piece, { stream: true }))
}
