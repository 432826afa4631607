import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { startFolder } from '../../config/start-folder.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/**
 * A password from a file (its first line), or typed without being shown; never from an argument,
 * which other users of the machine could read.
 * @throws CommandFailure usage
 */
async function readPassword(file: string | undefined, prompt: string): Promise<string> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new CommandFailure(EXIT.usage, `There is no readable file ${file}.`)
    })
    return text.split(/\r?\n/)[0] ?? ''
  }
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      EXIT.usage,
      'There is no terminal to type a password at.',
      'Name a file that holds it: --password-file FILE.',
    )
  }
  process.stderr.write(prompt)
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Of `--password-file` and `--login`. @throws CommandFailure usage */
export function passwordOf(
  { passwordFile, login }: { readonly passwordFile?: string; readonly login?: string },
  { environment }: CommandContext,
): Promise<string> {
  const file =
    passwordFile === undefined ? undefined : resolve(startFolder(environment), passwordFile)
  return readPassword(file, `Password of ${login ?? ''}: `)
}
