const MOST_LINES = 1_000

/** Fields of our own log lines that say nothing of a person, a secret or an invoice. */
const SHOWN = [
  'level',
  'time',
  'msg',
  'code',
  'protocol',
  'flowId',
  'connectionId',
  'sessionId',
  'refusalId',
  'returnFlowId',
  'role',
  'stage',
  'attempt',
  'attempts',
  'milliseconds',
  'bytes',
  'count',
  'outcome',
  'steps',
]

/**
 * The last lines of a log of this program, each with its harmless fields alone; of an error its kind,
 * its code and where it was thrown. A line that is none of ours is left out.
 */
export function logLines(text: string, scrub: (text: string) => string): readonly string[] {
  const lines = text.split('\n').slice(-MOST_LINES - 1)
  return lines.flatMap((line) => {
    const record = asRecord(line)
    if (record === undefined) return []
    const shown = Object.fromEntries(
      SHOWN.flatMap((name) => {
        const value = record[name]
        const isPlain = typeof value === 'number' || typeof value === 'string'
        return isPlain ? [[name, typeof value === 'string' ? scrub(value) : value]] : []
      }),
    )
    const { err } = record
    return [JSON.stringify(isRecord(err) ? { ...shown, err: errorShown(err, scrub) } : shown)]
  })
}

/** Ends in a place in a file: a message that is quoted before it may have lines that begin alike. */
const FRAME = /^\s+at .*:\d+:\d+\)?$/gm

/** Without its message: it may quote what was read. */
function errorShown(err: Readonly<Record<string, unknown>>, scrub: (text: string) => string) {
  const { type, code, stack } = err
  const frames = typeof stack === 'string' ? (stack.match(FRAME) ?? []) : []
  return {
    ...(typeof type === 'string' && /^\w+$/.test(type) ? { type } : {}),
    ...(typeof code === 'string' && /^\w+$/.test(code) ? { code } : {}),
    at: frames.slice(0, 8).map((frame) => scrub(frame.trim().replace(/^at (.*\/)?/, ''))),
  }
}

function asRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) && 'msg' in value ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
