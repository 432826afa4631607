import { open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import { checkEvidenceZip } from '../qualification/check-evidence-zip.ts'
import { checkEvidence, type EvidenceCheck } from '../qualification/check-evidence.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeJson, writeOut } from './terminal.ts'

/** `raccord qualify verify`: whether an evidence file is as it was made. */
export function qualifyVerifyCommand({ environment, language }: CommandContext): Command {
  return new Command('verify')
    .description(
      'Check an evidence file: its own digest, and that of each message, transcript and attachment in it.',
    )
    .argument('<file>', 'the HTML, JSON or ZIP file')
    .option('--json', 'one JSON document')
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const file = resolve(startFolder(environment), name)
      const checks = await checksOf(file)
      if (checks === undefined) {
        throw new CommandFailure(EXIT.usage, `${file} is no evidence file of raccord.`)
      }
      const isGood = checks.every((check) => check.isGood)
      if (options.json === true) await writeJson({ ok: isGood, checks })
      else {
        const lines = checks.map((one) => `${one.isGood ? '✓' : '✗'} ${one.what[language]}\n`)
        await writeOut(lines.join(''))
      }
      if (!isGood) throw new CommandFailure(EXIT.expectedFailure, 'It is not as it was made.')
    })
}

/** @throws CommandFailure usage */
async function checksOf(file: string): Promise<readonly EvidenceCheck[] | undefined> {
  try {
    if (await isZip(file)) return await checkEvidenceZip(file)
    return checkEvidence(await readFile(file))?.checks
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    throw new CommandFailure(EXIT.usage, `There is no readable file ${file}.`)
  }
}

async function isZip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === 'PK'
  } finally {
    await handle.close()
  }
}
