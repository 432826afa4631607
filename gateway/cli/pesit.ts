import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { decodeStream } from '../../protocols/pesit/stream-decoder.ts'
import type { DecodedStream } from '../../protocols/pesit/stream-decoder.ts'
import { readCapture } from './capture-file.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeJson, writeOut } from './terminal.ts'

/** A recording of more than this is not one to read by eye. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

interface NamedStream extends DecodedStream {
  readonly label: string
}

/** `raccord pesit`: the protocol's own tools. */
export function pesitCommand(context: CommandContext): Command {
  return new Command('pesit')
    .description('Read recorded PeSIT connections.')
    .addCommand(pesitDecodeCommand(context))
}

/** `raccord pesit decode`: every FPDU and PI of a recording by name, secrets masked. */
function pesitDecodeCommand({ environment }: CommandContext): Command {
  return new Command('decode')
    .description('Show the FPDUs of a recording; exit 1 when a rule of the protocol is broken.')
    .argument(
      '<file>',
      'one direction of a connection as raw bytes, or a pcap or pcapng of clear PeSIT',
    )
    .option('--json', 'one JSON document')
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const streams = await decodeFile(resolve(environment['INIT_CWD'] ?? '.', file))
      if (options.json === true) await writeJson(streams)
      else for (const stream of streams) await writeOut(streamText(stream))
      if (streams.some(isBroken)) {
        throw new CommandFailure(
          EXIT.expectedFailure,
          'A rule of the protocol is broken.',
          'The lines that begin with ! say which, and where.',
        )
      }
    })
}

async function decodeFile(path: string): Promise<readonly NamedStream[]> {
  const bytes = await readRecording(path)
  const captured = readCapture(bytes)
  if (captured === undefined) return [{ label: path, ...decodeStream(bytes) }]
  const streams = captured.map(({ label, bytes, hasGap }) => {
    const decoded = decodeStream(bytes)
    const fault = decoded.fault ?? (hasGap ? 'the capture misses packets here' : undefined)
    return { label, descriptions: decoded.descriptions, fault }
  })
  const found = streams.filter(({ descriptions }) => descriptions.length > 0)
  if (found.length === 0) {
    throw new CommandFailure(
      EXIT.expectedFailure,
      'No clear PeSIT was found in this capture.',
      'A connection over TLS cannot be read; use the transcript of the session instead.',
    )
  }
  return found
}

async function readRecording(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) {
      throw new CommandFailure(EXIT.usage, 'The file has more than 256 MiB.', 'Cut it first.')
    }
    return await readFile(path)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(EXIT.usage, `${path} cannot be read.`, 'Check the path.')
  }
}

function isBroken({ descriptions, fault }: NamedStream): boolean {
  return fault !== undefined || descriptions.some(({ verdicts }) => verdicts.length > 0)
}

function streamText({ label, descriptions, fault }: NamedStream): string {
  const lines = descriptions.flatMap(({ name, fields, summary, hex, verdicts }) => {
    const values = Object.entries(fields)
    return [
      values.length === 0 ? summary : name,
      ...values.map(([field, text]) => `    ${field}: ${text}`),
      `    ${hex}`,
      ...verdicts.map((verdict) => `  ! ${verdict}`),
    ]
  })
  if (fault !== undefined) lines.push(`! ${fault}`)
  return `${[label, ...lines].join('\n')}\n`
}
