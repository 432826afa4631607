import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { isReportCode, parseInboundName, reportBaseName } from '../../config/flow-name.ts'
import { startFolder } from '../../config/start-folder.ts'
import { readCsoReport, type ReadReport } from '../../processing/returns/read-cso-report.ts'
import { openPartnerFolder, type PartnerFolder } from '../partner-folder.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import { protocolOption } from './certificate-protocols.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { fetchReturns } from './fetch-returns.ts'
import { outgoingFlow } from './outgoing-flow.ts'
import { partnerFolderOption } from './partner-folder-option.ts'
import { PutRefused, type PartnerTransport } from './partner-transport.ts'
import { openTransport } from './partner-transports.ts'
import { sendAtRate } from './send-at-rate.ts'
import { tell, writeJson } from './terminal.ts'

interface SendOptions extends ApiOptions {
  readonly via?: string
  readonly partner?: string
  readonly connection?: string
  readonly code: string
  readonly sample?: boolean
  readonly wait?: boolean
  readonly timeout: string
  readonly out?: string
  readonly rate?: string
  readonly count: string
  readonly invoices: string
  readonly connections: string
  readonly fetch?: true | string
  readonly as2?: readonly string[]
  readonly pesit?: readonly string[]
  readonly json?: boolean
}

/** What was sent and what came back. */
interface Sent {
  readonly fileName: string
  readonly bytes: number
  readonly outcome: 'taken' | 'refused'
  readonly message?: string
  readonly report?: ReadReport & { readonly fileName: string }
}

/** `raccord send FILES`: sends as the partner whose folder is given; with --rate, load. */
export function sendCommand(context: CommandContext): Command {
  return withApiOptions(new Command('send'))
    .description('Send invoices as a partner: a named flow as it is, or files packed into one.')
    .argument('[files...]', 'one file named as a flow, or the .xml invoices of one flow')
    .option('--sample', 'instead of files: a valid invoice, under a new number each time')
    .option('--via <protocol>', 'the protocol; default: that of the partner folder')
    .option('--partner <folder>', 'partner folder: key, certificates, address, sequence')
    .option('--connection <id>', 'instead: as this connection, whose folder is known here')
    .option('--code <code>', 'interface code of the flow that is made', 'FSO1110A')
    .option(
      '--fetch [name]',
      'PeSIT, instead of files: fetch what waits (READ), all or of that name',
    )
    .option('--wait', 'wait for the integration report and keep it; with --rate, for the verdicts')
    .option('--timeout <duration>', 'how long to wait for it', '60s')
    .option('--out <folder>', 'where the report goes; default: returns/ in the partner folder')
    .option('--rate <flows>', 'instead of files: generated flows, so many a second')
    .option('--count <flows>', 'with --rate: how many in all', '100')
    .option('--invoices <count>', 'with --rate: invoices of each flow', '1')
    .option('--connections <count>', 'with --rate: sessions at a time', '4')
    .option(
      '--as2 <setting...>',
      'AS2, to try it: sign=none, encrypt=aes256-gcm, receiptMode=async …',
    )
    .option(
      '--pesit <setting...>',
      'PeSIT, to try it: preset=cft, window=4, compression=both, crc …',
    )
    .option('--json', 'one JSON document')
    .action(async (files: readonly string[], options: SendOptions) => {
      requireOneContent(files, options)
      const start = startFolder(context.environment)
      const partner = await openPartnerFolder(await partnerFolderOption(options, context))
      requireItsProtocol(partner, options.via)
      const { rate } = options
      if (rate !== undefined) {
        const client = options.wait === true ? await apiClient(options, context) : undefined
        return await sendAtRate(partner, { ...options, rate }, client)
      }
      const paths = files.map((file) => resolve(start, file))
      const reports = resolve(start, options.out ?? join(partner.folder, 'returns'))
      const { fetch } = options
      if (fetch !== undefined) {
        return await fetchAll(partner, fetch === true ? '*' : fetch, { ...options, out: reports })
      }
      const sent = await send(partner, paths, { ...options, out: reports })
      if (options.json === true) await writeJson({ ok: isGood(sent), ...sent })
      else describe(sent)
      if (!isGood(sent))
        throw new CommandFailure(
          EXIT.expectedFailure,
          sent.outcome === 'refused' ? 'No flow was made.' : 'The flow was not integrated whole.',
          sent.outcome === 'refused'
            ? undefined
            : `Every finding with its remedy: raccord flows show ${identifierOf(sent.fileName)}`,
        )
    })
}

/** @throws CommandFailure usage, unless one of files, --sample, --rate and --fetch is given */
function requireOneContent(files: readonly string[], { sample, rate, fetch }: SendOptions): void {
  const ways = [files.length > 0, sample === true, rate !== undefined, fetch !== undefined]
  const given = ways.filter(Boolean).length
  if (given !== 1) {
    throw new CommandFailure(
      EXIT.usage,
      given === 0
        ? 'Send what?'
        : 'Files, --sample, --rate and --fetch are instead of one another.',
      'Name files, or --sample, or --rate, or --fetch.',
    )
  }
}

/** A folder is for one protocol. @throws CommandFailure usage for another one */
function requireItsProtocol(partner: PartnerFolder, via: string | undefined): void {
  const { protocol } = partner.address
  if (via === undefined || protocolOption(via, '--via') === protocol) return
  throw new CommandFailure(
    EXIT.usage,
    `${partner.folder} is the folder of a partner on ${protocol}, not on ${via}.`,
    `Leave --via out, or name the folder of a connection on ${via}.`,
  )
}

const isGood = (sent: Sent): boolean =>
  sent.outcome === 'taken' && (sent.report === undefined || sent.report.status === '90')

function identifierOf(fileName: string): string {
  const parsed = parseInboundName(fileName)
  return 'name' in parsed ? parsed.name.flowIdentifier : fileName
}

async function send(
  partner: PartnerFolder,
  files: readonly string[],
  options: SendOptions & { readonly out: string },
): Promise<Sent> {
  const temporary = await mkdtemp(join(tmpdir(), 'raccord-send-'))
  try {
    const flow = await outgoingFlow(files, options, partner, join(temporary, 'packed'))
    const { fileName } = flow
    const { size: bytes } = await stat(flow.path)
    // Nothing is reported on a report.
    const receives = options.wait === true && !isReportCode(fileName)
    const { as2, pesit } = options
    const transport = await openTransport(partner, {
      receives,
      ...(as2 === undefined ? {} : { as2 }),
      ...(pesit === undefined ? {} : { pesit }),
    })
    try {
      await transport.put(flow)
      if (!receives) return { fileName, bytes, outcome: 'taken' }
      const report = await waitForReport(transport, fileName, options)
      return { fileName, bytes, outcome: 'taken', report }
    } catch (error) {
      if (!(error instanceof PutRefused)) throw error
      return { fileName, bytes, outcome: 'refused', message: error.message }
    } finally {
      await transport.close()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function fetchAll(
  partner: PartnerFolder,
  name: string,
  { wait, timeout, out, pesit, json }: SendOptions & { readonly out: string },
): Promise<void> {
  const fetched = await fetchReturns(partner, name, {
    out,
    ...(wait === true ? { timeout } : {}),
    ...(pesit === undefined ? {} : { pesit }),
  })
  if (json === true) await writeJson({ ok: fetched.length > 0, fetched })
  else for (const { path, bytes } of fetched) tell(`✓ ${path}  ${bytes} bytes`)
  if (fetched.length > 0) return
  throw new CommandFailure(
    wait === true ? EXIT.timedOut : EXIT.expectedFailure,
    name === '*' ? 'Nothing waits to be fetched.' : `Nothing named ${name} waits to be fetched.`,
    'Return flows wait for partners whose connection says returns: fetch; others have them brought.',
  )
}

async function waitForReport(
  transport: PartnerTransport,
  fileName: string,
  options: { readonly timeout: string; readonly out: string },
): Promise<ReadReport & { readonly fileName: string }> {
  const deadline = AbortSignal.timeout(parseDuration(options.timeout))
  const report = await transport.receive(reportBaseName(fileName), deadline)
  if (report === undefined) {
    throw new CommandFailure(
      EXIT.timedOut,
      `${fileName} was taken in charge; no report on it came in time.`,
      'If it was fetched before, it is gone; raccord flows show tells what became of it.',
    )
  }
  // It comes once only: it is kept before anything else is done with it.
  await mkdir(options.out, { recursive: true })
  const kept = join(options.out, basename(report.fileName))
  await writeFile(kept, report.content)
  return { fileName: kept, ...readCsoReport(report.content) }
}

const VERDICTS: Readonly<Record<string, string>> = {
  '90': '✓ integrated',
  '93': '✗ rejected',
  '96': '◐ partially integrated',
}
const MAX_SHOWN_ERRORS = 20

function describe(sent: Sent): void {
  if (sent.outcome === 'refused') {
    tell(`✗ ${sent.fileName} was refused: ${sent.message}`)
    return
  }
  tell(`✓ ${sent.fileName}  ${sent.bytes} bytes sent, taken in charge`)
  if (sent.report === undefined) return
  const { status, comment, errors, fileName } = sent.report
  tell(`${VERDICTS[status] ?? status}  ${comment}  (${fileName})`)
  for (const error of errors.slice(0, MAX_SHOWN_ERRORS)) {
    tell(`  ${error.part === 0 ? 'flow' : `invoice ${error.part}`}  ${error.code}  ${error.label}`)
    if (error.description !== '') tell(`    ${error.description}`)
  }
  if (errors.length > MAX_SHOWN_ERRORS) tell(`  … and ${errors.length - MAX_SHOWN_ERRORS} more`)
}
