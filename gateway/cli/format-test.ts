import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import {
  findInterfaceCode,
  RULE_SET_NAMES,
  type RuleSetName,
} from '../../config/interface-codes.ts'
import { loadConfig } from '../../config/load.ts'
import { startFolder } from '../../config/start-folder.ts'
import {
  testFiles,
  type FormatTestOptions,
  type FormatTestResult,
} from '../../processing/format-test.ts'
import { DEFAULT_DIRECTORY } from '../directory/default-directory.ts'
import { readEntries } from './directory.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell, writeOut } from './terminal.ts'

interface Options {
  readonly code?: string
  readonly rules?: string
  readonly directory?: string
  readonly platform?: boolean
  readonly json?: boolean
}

/** What is judged without a code: decisions D7. */
const DEFAULT_RULES: readonly RuleSetName[] = ['structure', 'en16931', 'chorus-pro', 'directory']

/** `raccord format-test FILE…`: the verdict on invoices as if they were received, on this machine. */
export function formatTestCommand(context: CommandContext): Command {
  return new Command('format-test')
    .description('Judge invoices as if they were received; exit 1 when one is refused.')
    .argument('<files...>', 'XML, PDF (Factur-X), tar.gz, or folders of them')
    .option('--code <code>', 'judge them under this interface code: its format and its rules')
    .addOption(
      new Option('--rules <sets>', `some of ${RULE_SET_NAMES.join(', ')}`).default(
        undefined,
        `those of the code, else ${DEFAULT_RULES.join(',')}`,
      ),
    )
    .option('--directory <file>', 'a directory of structures (CPPStructuresPartenaires)')
    .option('--platform', 'show the short texts of the real platform')
    .option('--json', 'one JSON document')
    .action(async (files: readonly string[], options: Options) => {
      const start = startFolder(context.environment)
      const named = new Map(files.map((file) => [resolve(start, file), file]))
      const tested = testFiles([...named.keys()], await testOptions(options, start, context))
      const shownName = (path: string): string => {
        const file = [...named].find(([full]) => path.startsWith(full))
        return file === undefined ? path : file[1] + path.slice(file[0].length)
      }
      const counts = { accepted: 0, refused: 0 }
      let isFirst = true
      if (options.json === true) await writeOut('{"results":[')
      for await (const result of readable(tested)) {
        counts[result.verdict] += 1
        const shown = { ...result, file: shownName(result.file) }
        if (options.json === true) {
          await writeOut(`${isFirst ? '' : ','}\n${JSON.stringify(shown)}`)
        } else await writeOut(resultText(shown, context.language, options.platform === true))
        isFirst = false
      }
      if (options.json === true) await writeOut('\n]}\n')
      const summary = countsText(counts, context.language)
      if (counts.accepted + counts.refused === 0) {
        throw new CommandFailure(EXIT.usage, 'There is no file to judge.', 'XML, PDF, tar.gz.')
      }
      if (counts.refused > 0) throw new CommandFailure(EXIT.expectedFailure, summary)
      if (options.json !== true) tell(summary)
    })
}

/** @throws CommandFailure when a file that was named cannot be read */
async function* readable(
  results: AsyncGenerator<FormatTestResult>,
): AsyncGenerator<FormatTestResult> {
  try {
    yield* results
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (code === undefined || path === undefined) throw error
    throw new CommandFailure(EXIT.usage, `${path} cannot be read (${code}).`)
  }
}

async function testOptions(
  options: Options,
  start: string,
  context: CommandContext,
): Promise<FormatTestOptions> {
  const config = loadConfig({ environment: context.environment })
  const code =
    options.code === undefined ? undefined : findInterfaceCode(options.code.toUpperCase())
  if (options.code !== undefined && (code === undefined || code.ruleSets.length === 0)) {
    throw new CommandFailure(
      EXIT.usage,
      `${options.code} is no interface code of invoices.`,
      'docs/interface-codes.md lists them.',
    )
  }
  const entries =
    options.directory === undefined
      ? DEFAULT_DIRECTORY
      : await readEntries(resolve(start, options.directory))
  const directory = new Map(entries.map((entry) => [entry.siret, entry]))
  const { utf8Only, requirePdf, strictFacturX } = config.invoices
  return {
    policy: {
      ruleSets:
        options.rules === undefined ? (code?.ruleSets ?? DEFAULT_RULES) : setsOf(options.rules),
      format: (code?.format ?? null) as FormatTestOptions['policy']['format'],
      settings: {
        environment: config.environment,
        utf8Only,
        requirePdf,
        strictFacturX,
        family: (code?.family ?? null) as FormatTestOptions['policy']['settings']['family'],
        unknownRecipient: config.directory.unknown,
      },
    },
    directory: (siret) => directory.get(siret),
    limits: {
      maxFileBytes: config.limits.maxFileBytes,
      maxExtractedBytes: config.limits.maxExtractedBytes,
      maxInvoices: MAX_INVOICES,
    },
    hasStylesheet: code?.hasStylesheet ?? true,
    uniqueWithinYear: config.invoices.uniqueWithinYear,
  }
}

/** Larger than any connection allows: it is the invoices that are tested. */
const MAX_INVOICES = 100_000

function setsOf(text: string): readonly RuleSetName[] {
  return text.split(',').map((name) => {
    const known = RULE_SET_NAMES.find((one) => one === name.trim())
    if (known === undefined) {
      throw new CommandFailure(
        EXIT.usage,
        `${JSON.stringify(name.trim())} is no set of rules.`,
        `Sets: ${RULE_SET_NAMES.join(', ')}.`,
      )
    }
    return known
  })
}

const VERDICTS = {
  accepted: { en: 'accepted', fr: 'acceptée' },
  refused: { en: 'refused', fr: 'refusée' },
} as const
const MARKS = { fatal: '✗', warning: '!', information: 'i' } as const

function resultText(
  { file, format, verdict, findings, invoices, accepted }: FormatTestResult,
  language: Language,
  isPlatform: boolean,
): string {
  const mark = verdict === 'accepted' ? '✓' : '✗'
  const lines = [
    `${mark} ${file}  ${format ?? '?'}  ${VERDICTS[verdict][language]}${severalText(invoices, accepted, language)}`,
  ]
  const isSeveral = new Set(findings.map(({ invoice }) => invoice)).size > 1 || invoices > 1
  for (const finding of findings) {
    const place = finding.line === undefined ? '' : `:${finding.line}:${finding.column ?? 1}`
    const invoice = finding.invoice === undefined ? '' : `  ${finding.invoice}`
    const terms = finding.terms.length === 0 ? '' : `  (${finding.terms.join(', ')})`
    lines.push(
      `    ${MARKS[finding.severity]} ${finding.rule}${place}${terms}${isSeveral ? invoice : ''}`,
    )
    if (finding.path !== undefined) lines.push(`      ${finding.path}`)
    if (isPlatform) lines.push(`      ${finding.platformText}`)
    else lines.push(`      ${finding.message[language]}`, `      → ${finding.remedy[language]}`)
  }
  return `${lines.join('\n')}\n`
}

/** How a document of several invoices stands: one bad invoice is not the others' fault. */
function severalText(invoices: number, accepted: number, language: Language): string {
  if (invoices < 2) return ''
  return language === 'fr'
    ? ` (${accepted} factures sur ${invoices} acceptées)`
    : ` (${accepted} of ${invoices} invoices accepted)`
}

function countsText(
  { accepted, refused }: { readonly accepted: number; readonly refused: number },
  language: Language,
): string {
  return language === 'fr'
    ? `${accepted} acceptée(s), ${refused} refusée(s)`
    : `${accepted} accepted, ${refused} refused`
}
