import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { RULE_SET_NAMES } from '../../config/interface-codes.ts'
import { loadConfig } from '../../config/load.ts'
import { startFolder } from '../../config/start-folder.ts'
import { readInvoices } from '../../processing/formats/read-invoices.ts'
import { adaptInvoice, SampleFault } from '../../processing/samples/adapt-invoice.ts'
import { breakInvoice } from '../../processing/samples/break-invoice.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeNewFile } from './new-file.ts'
import { SAMPLE_RECIPIENT_SIRET, SAMPLE_SUPPLIER_SIRET } from './sample-invoice.ts'
import { knownRule, requireSiret } from './sample-options.ts'
import { samplesMakeCommand } from './samples-make.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface AdaptOptions {
  readonly out: string
  readonly supplier: string
  readonly recipient: string
  readonly number?: string
  readonly json?: boolean
}

interface BreakOptions {
  readonly rule: string
  readonly out?: string
  readonly json?: boolean
}

/** `raccord samples`: invoices to test with, made or out of one's own. */
export function samplesCommand(context: CommandContext): Command {
  const samples = new Command('samples').description(
    'Make invoices to test with: whole flows from a seed, or out of your own invoices.',
  )
  samples.addCommand(samplesMakeCommand(context))

  samples
    .command('adapt')
    .description('Swap the parties for structures of the data set, and renumber: ready to be sent.')
    .argument('<files...>', 'XML invoices: UBL, CII, CPPFactureMixte')
    .option('--out <folder>', 'where the adapted invoices go', 'adapted')
    .option('--supplier <siret>', 'the supplier', SAMPLE_SUPPLIER_SIRET)
    .option('--recipient <siret>', 'the public recipient', SAMPLE_RECIPIENT_SIRET)
    .option('--number <number>', 'number of the first; default: one that was never given')
    .option('--json', 'one JSON document')
    .action(async (files: readonly string[], options: AdaptOptions) => {
      requireSiret(options.supplier)
      requireSiret(options.recipient)
      const start = startFolder(context.environment)
      const folder = resolve(start, options.out)
      const base = options.number ?? `RAC-${Date.now().toString(36).toUpperCase()}`
      let format: keyof typeof CODES = 'ubl'
      const made: { readonly file: string; readonly number: string }[] = []
      for (const [index, file] of files.entries()) {
        const number = index === 0 ? base : `${base}-${index + 1}`
        const order = {
          supplierSiret: options.supplier,
          recipientSiret: options.recipient,
          number: number.slice(-20),
        }
        const bytes = await readSample(resolve(start, file), file)
        const adapted = explained(file, () => adaptInvoice(bytes, order))
        const path = join(folder, basename(file))
        await writeNewFile(path, adapted)
        made.push({ file: path, number: order.number })
        format = readFormat(adapted)
      }
      if (options.json === true) return writeJson({ adapted: made })
      await writeOut(made.map(({ file, number }) => `  ${number}  ${file}\n`).join(''))
      tell(
        `→ raccord send ${join(options.out, '*.xml')} --partner FOLDER --code ${CODES[format]} --wait`,
      )
    })

  samples
    .command('break')
    .description('Make the one change to a correct invoice that a rule catches.')
    .argument('<file>', 'an XML invoice that is accepted')
    .requiredOption('--rule <id>', 'for instance BR-CO-15; docs/rules.md lists them')
    .option('--out <file>', 'where it goes; default: standard output')
    .option('--json', 'say what was changed as JSON instead')
    .action(async (file: string, options: BreakOptions) => {
      const start = startFolder(context.environment)
      const bytes = await readSample(resolve(start, file), file)
      const { environment } = loadConfig({ environment: context.environment })
      const rule = knownRule(options.rule)
      const broken = explained(file, () =>
        breakInvoice(bytes, rule, {
          ruleSets: RULE_SET_NAMES.filter(
            (name) => !rule.startsWith('BR-FR-CPRO') || name !== 'br-fr',
          ),
          format: null,
          settings: {
            environment,
            utf8Only: false,
            family: null,
            requirePdf: false,
            strictFacturX: false,
            unknownRecipient: 'warn',
          },
        }),
      )
      const { change, alsoBroken } = broken
      if (options.out !== undefined) {
        await writeNewFile(resolve(start, options.out), broken.xml)
      } else if (options.json !== true) await writeOut(broken.xml.toString())
      if (options.json === true) {
        await writeJson({ rule, change, alsoBroken, file: options.out ?? null })
      } else {
        tell(`${change.element}, line ${change.line}: ${change.kind}.`)
        if (alsoBroken.length > 0) tell(`It also breaks ${alsoBroken.join(', ')}.`)
      }
    })
  return samples
}

/** A code of qualification that carries a format. */
const CODES = { ubl: 'FSO1110A', cii: 'FSO1116A', cpp: 'FSO1113A' } as const

function readFormat(bytes: Uint8Array): keyof typeof CODES {
  const read = readInvoices(bytes, null)
  return read.outcome === 'read' ? read.format.name : 'ubl'
}

async function readSample(path: string, shown: string): Promise<Buffer> {
  return await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(EXIT.usage, `${shown} cannot be read (${error.code}).`)
  })
}

function explained<Result>(file: string, make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof SampleFault)) throw error
    throw new CommandFailure(EXIT.expectedFailure, `${file}: ${error.message}.`)
  }
}
