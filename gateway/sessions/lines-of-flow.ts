import type { FlowId } from '../flow.ts'

/** One line of a stored transcript (transcript-recorder.ts). */
export interface TranscriptLine {
  /** Milliseconds UTC, business time. */
  readonly t: number
  readonly dir?: 'in' | 'out'
  readonly layer: string
  readonly name: string
  readonly summary?: string
  readonly fields?: Readonly<Record<string, string | number>>
  readonly hex?: string
  readonly flowId?: FlowId
  readonly exchange?: number
}

/**
 * The lines that one flow of a session has to do with: those of the session as a whole, and its own.
 * Where the protocol does one thing after the other, its exchanges are the flow's own; where it
 * does them at once (SFTP), a line that names the file of another flow is the other's.
 */
export function linesOfFlow(
  lines: readonly TranscriptLine[],
  flowId: FlowId,
): readonly TranscriptLine[] {
  const own = new Set<number>()
  const ownNames = new Set<string>()
  const otherNames = new Set<string>()
  for (const line of lines) {
    if (line.flowId === undefined) continue
    const isOwn = line.flowId === flowId
    if (isOwn && line.exchange !== undefined) own.add(line.exchange)
    if (line.name === 'FLOW') (isOwn ? ownNames : otherNames).add(fileNameOf(line))
  }
  for (const name of ownNames) otherNames.delete(name)
  return lines.filter(({ exchange, flowId: other, summary = '' }) => {
    if (other !== undefined && other !== flowId) return false
    if (exchange !== undefined) return own.has(exchange)
    return ![...otherNames].some((name) => summary.includes(name))
  })
}

/** A FLOW line says the name of the file, then what became of it. */
function fileNameOf({ summary = '' }: TranscriptLine): string {
  return summary.slice(0, summary.lastIndexOf(' '))
}
