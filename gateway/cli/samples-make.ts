import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { InterfaceCode } from '../../config/interface-codes.ts'
import { loadConfig } from '../../config/load.ts'
import { startFolder } from '../../config/start-folder.ts'
import { archiveBytes, writeArchive } from '../../processing/archives/write-archive.ts'
import { SampleFault } from '../../processing/samples/adapt-invoice.ts'
import { nameVectors } from '../../processing/samples/name-vectors.ts'
import {
  makeSampleFlow,
  seededFlowNumber,
  type SampleFlow,
  type SampleFlowOrder,
} from '../../processing/samples/sample-flow.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeNewFile } from './new-file.ts'
import {
  requireInboundCode,
  requireSampleMaker,
  SAMPLE_RECIPIENT_SIRET,
  SAMPLE_SUPPLIER_SIRET,
} from './sample-invoice.ts'
import { knownRule, requireSiret } from './sample-options.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface MakeOptions {
  readonly invoices: string
  readonly bad: string
  readonly rule?: string
  readonly seed?: string
  readonly application: string
  readonly number?: string
  readonly date: string
  readonly supplier: string
  readonly recipient: string
  readonly out: string
  readonly nameVectors?: boolean
  readonly pad: string
  readonly json?: boolean
}

/** On every day the same, so that a seed gives the same bytes on every day. */
const ISSUE_DATE = '2026-01-15'
const MAX_INVOICES = 100_000
/** Of 15 digits, with room for the names that follow one another. */
const MAX_FLOW_NUMBER = 999_999_999_999_000
const MANIFEST = 'manifest.json'

/** `raccord samples make CODE`: a flow, or flows under right and wrong names, with what to expect. */
export function samplesMakeCommand(context: CommandContext): Command {
  return new Command('make')
    .description('Make a flow of valid invoices and bad ones, and a manifest of what to expect.')
    .argument('<code>', 'interface code, which gives the format: FSO1110A, FSO1117A …')
    .option('--invoices <number>', 'how many', '1')
    .option('--bad <number>', 'how many of them have one fault each', '0')
    .option('--rule <id>', 'the rule that the bad ones break; default: one of the seed’s for each')
    .option('--seed <word>', 'the same seed gives the same bytes; default: one never given before')
    .option('--application <code>', 'application code in the flow’s name', 'ACM001')
    .option('--number <number>', 'number of the flow; default: one of the seed’s')
    .option('--date <day>', 'issue date of the invoices', ISSUE_DATE)
    .option('--supplier <siret>', 'the supplier', SAMPLE_SUPPLIER_SIRET)
    .option('--recipient <siret>', 'the public recipient', SAMPLE_RECIPIENT_SIRET)
    .option('--name-vectors', 'a flow under each kind of right and wrong name instead')
    .option(
      '--pad <KiB>',
      'makes the flow so much larger, packed too: to see a transfer cut and resumed',
      '0',
    )
    .option('--out <folder>', `where the flow and ${MANIFEST} go`, 'samples')
    .option('--json', 'write the manifest to standard output too, as JSON')
    .action(async (code: string, options: MakeOptions) => {
      const order = orderOf(code, options, context)
      const folder = resolve(startFolder(context.environment), options.out)
      const manifest =
        options.nameVectors === true
          ? await makeNames(order, folder)
          : await makeFlow(order, folder, padOf(options.pad))
      if (options.json === true) return writeJson(manifest)
      if ('names' in manifest) {
        const rows = manifest.names.map(({ file, refusal, what }) => [
          refusal ?? 'taken',
          what[context.language],
          file,
        ])
        await writeOut(`${formatTable(['verdict', 'name', 'file'], rows)}\n`)
        tell('→ put them with an SFTP client: raccord send gives what is named wrong a right name')
        return
      }
      await writeOut(flowText(manifest))
      tell(`Seed ${order.seed}; what to expect of each invoice: ${join(options.out, MANIFEST)}`)
      tell(`→ raccord send ${join(options.out, manifest.file)} --partner FOLDER --wait`)
    })
}

function orderOf(code: string, options: MakeOptions, context: CommandContext): SampleFlowOrder {
  const row: InterfaceCode = requireInboundCode(code.toUpperCase())
  requireSampleMaker(row.code)
  if (!row.available) {
    throw new CommandFailure(
      EXIT.usage,
      `No gateway takes flows of ${row.code} any more.`,
      'docs/interface-codes.md lists them.',
    )
  }
  const { application, date } = options
  if (!/^[A-Z0-9]{6}$/.test(application)) {
    throw new CommandFailure(
      EXIT.usage,
      `${application} is no application code.`,
      'It has 6 capital letters or digits, as ACM001.',
    )
  }
  if (!isDay(date)) {
    throw new CommandFailure(EXIT.usage, `${date} is no day.`, `Write it as ${ISSUE_DATE}.`)
  }
  requireSiret(options.supplier)
  requireSiret(options.recipient)
  const invoices = wholeNumber(options.invoices, '--invoices', {
    minimum: 1,
    maximum: MAX_INVOICES,
  })
  const config = loadConfig({ environment: context.environment })
  const { utf8Only, requirePdf, strictFacturX } = config.invoices
  return {
    code: row,
    applicationCode: application,
    invoices,
    bad: wholeNumber(options.bad, '--bad', { minimum: 0, maximum: invoices }),
    seed: options.seed ?? Date.now().toString(36),
    issueDate: date,
    supplierSiret: options.supplier,
    recipientSiret: options.recipient,
    settings: {
      environment: config.environment,
      utf8Only,
      requirePdf,
      strictFacturX,
      unknownRecipient: config.directory.unknown,
    },
    xsdFailure: config.pipeline.xsdFailure,
    ...(options.rule === undefined ? {} : { rule: knownRule(options.rule) }),
    ...(options.number === undefined
      ? {}
      : {
          sequence: wholeNumber(options.number, '--number', {
            minimum: 0,
            maximum: MAX_FLOW_NUMBER,
          }),
        }),
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text
}

type FlowManifest = Pick<SampleFlow, 'expected' | 'invoices'> & {
  readonly code: string
  readonly format: string
  readonly seed: string
  readonly file: string
  /** Ordinals, from 1. */
  readonly bad: readonly number[]
}

const MAX_PAD_KIB = 1_048_576

const padOf = (text: string): number =>
  wholeNumber(text, '--pad', { minimum: 0, maximum: MAX_PAD_KIB })

/** The first XML file gets a remark of the seed's that no archive makes smaller. */
function* padded(files: ReturnType<SampleFlow['files']>, seed: string, kibibytes: number) {
  let isDue = kibibytes > 0
  for (const file of files) {
    const isIt = isDue && file.name.endsWith('.xml')
    if (isIt) isDue = false
    yield isIt ? { ...file, content: withRemark(file.content, seed, kibibytes) } : file
  }
}

/** Hexadecimal figures pack to half their length: there are twice as many. */
function withRemark(content: string | Uint8Array, seed: string, kibibytes: number): Buffer {
  const pieces: string[] = []
  for (let piece = 0; piece < kibibytes * 32; piece += 1) {
    pieces.push(createHash('sha256').update(`${seed} ${piece}`).digest('hex'))
  }
  return Buffer.concat([Buffer.from(content), Buffer.from(`<!-- ${pieces.join('')} -->\n`)])
}

async function makeFlow(
  order: SampleFlowOrder,
  folder: string,
  padKibibytes: number,
): Promise<FlowManifest> {
  const flow = explained(() => makeSampleFlow(order))
  const { fileName, expected, invoices } = flow
  const manifest = {
    code: order.code.code,
    format: order.code.format,
    seed: order.seed,
    file: fileName,
    expected,
    bad: invoices.filter(({ fault }) => fault !== null).map(({ ordinal }) => ordinal),
    invoices,
  }
  await writeNewFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  const files = padded(flow.files(), order.seed, padKibibytes)
  await writeNewFile(join(folder, fileName), writeArchive(files))
  return manifest
}

/** Every one is a flow of one valid invoice: nothing but its name is wrong. */
async function makeNames(order: SampleFlowOrder, folder: string) {
  if (order.bad > 0 || order.invoices > 1) {
    throw new CommandFailure(EXIT.usage, '--name-vectors makes flows of one valid invoice each.')
  }
  const { code, seed, applicationCode, sequence = seededFlowNumber(seed) } = order
  const names = nameVectors(code, applicationCode, sequence)
  const manifest = { code: code.code, format: code.format, seed, names }
  await writeNewFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const { file } of names) {
    const files = [...makeSampleFlow({ ...order, seed: `${seed} ${file}` }).files()]
    const bare = file.endsWith('.xml') ? files[0]?.content : undefined
    await writeNewFile(join(folder, file), bare ?? (await archiveBytes(files)))
  }
  return manifest
}

function flowText({ file, expected, invoices }: FlowManifest): string {
  const lines = [
    `  ${file}  ${invoices.length === 1 ? '1 invoice' : `${invoices.length} invoices`}`,
    `  Complete → ${expected.COMPLETE}   Partial → ${expected.PARTIAL}`,
    ...invoices.flatMap(({ ordinal, number, fault }) =>
      fault === null
        ? []
        : [
            `    ✗ ${ordinal}  ${number}  ${fault.rule}: ${fault.change.element}, line ${fault.change.line}: ${fault.change.kind}`,
          ],
    ),
  ]
  return `${lines.join('\n')}\n`
}

function explained<Result>(make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof SampleFault)) throw error
    throw new CommandFailure(
      EXIT.expectedFailure,
      `Of a sample: ${error.message}.`,
      'docs/rules.md says which rules judge which code.',
    )
  }
}
