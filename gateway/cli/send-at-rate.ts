import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartnerFolder } from '../partner-folder.ts'
import type { ApiClient } from './api-client.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { waitForVerdicts, type FlowVerdicts } from './flow-verdicts.ts'
import { generatedFlow } from './outgoing-flow.ts'
import type { PartnerTransport } from './partner-transport.ts'
import { openTransport } from './partner-transports.ts'
import { requireInboundCode } from './sample-invoice.ts'
import { sendLoad, type LoadOrder, type LoadOutcome, type LoadSender } from './send-load.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

/** Options of `send --rate N --count M`, as they were typed. */
export interface RateOptions {
  readonly rate: string
  readonly count: string
  readonly invoices: string
  readonly connections: string
  readonly code: string
  /** How long to wait for the verdicts. */
  readonly timeout: string
  readonly as2?: readonly string[]
  readonly json?: boolean
}

const MAX_RATE = 1_000
const MAX_COUNT = 100_000
const MAX_INVOICES = 500
/** More than real partners open; sftp.maxPerConnection lets a connection have 64. */
const MAX_CONNECTIONS = 16

/**
 * Sends generated flows at a rate and tells what came of them. Every flow has its own identifier,
 * every invoice its own number: nothing is refused for having been sent before.
 * @param client of the gateway, when the verdicts are to be waited for
 * @throws CommandFailure usage; expected failure when flows were refused, or not integrated once
 *   waited for; as the session that broke
 */
export async function sendAtRate(
  partner: PartnerFolder,
  options: RateOptions,
  client: ApiClient | undefined,
): Promise<void> {
  requireInboundCode(options.code)
  const order = orderOf(options)
  const timeout = parseDuration(options.timeout)
  const temporary = await mkdtemp(join(tmpdir(), 'raccord-send-'))
  const transports: PartnerTransport[] = []
  try {
    const senders: LoadSender[] = []
    for (let index = 0; index < Math.min(order.connections, order.count); index += 1) {
      const transport = await openTransport(partner, {
        receives: false,
        ...(options.as2 === undefined ? {} : { as2: options.as2 }),
      })
      transports.push(transport)
      const packTo = join(temporary, String(index))
      senders.push(senderOf(transport, partner, order, options.code, packTo))
    }
    const since = new Date()
    const { outcome, accepted, failure } = await sendLoad(order, senders)
    const verdicts =
      client === undefined
        ? undefined
        : await waitForVerdicts(
            client,
            {
              numbers: accepted.map(flowNumber),
              applicationCode: partner.applicationCode,
              since: new Date(since.getTime() - CLOCK_MARGIN_MILLISECONDS),
            },
            AbortSignal.timeout(timeout),
          )
    const ok = isGood(outcome) && (verdicts === undefined || isIntegrated(verdicts))
    if (options.json === true) {
      await writeJson({ ok, ...outcome, ...(verdicts === undefined ? {} : { verdicts }) })
    } else {
      await describe(outcome)
      if (verdicts !== undefined) tell(verdictsText(verdicts))
    }
    if (failure !== undefined) throw failure
    if (!isGood(outcome)) {
      throw new CommandFailure(
        EXIT.expectedFailure,
        `${outcome.refused} of ${outcome.sent} flows were refused.`,
        'The reasons are in: raccord refusals',
      )
    }
    if (verdicts !== undefined) requireVerdicts(verdicts)
  } finally {
    await Promise.all(transports.map((transport) => transport.close()))
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Of two machines; flows of before are told apart by their identifiers all the same. */
const CLOCK_MARGIN_MILLISECONDS = 60_000

function orderOf(options: RateOptions): LoadOrder {
  return {
    rate: wholeNumber(options.rate, '--rate', { minimum: 1, maximum: MAX_RATE }),
    count: wholeNumber(options.count, '--count', { minimum: 1, maximum: MAX_COUNT }),
    invoicesPerFlow: wholeNumber(options.invoices, '--invoices', {
      minimum: 1,
      maximum: MAX_INVOICES,
    }),
    connections: wholeNumber(options.connections, '--connections', {
      minimum: 1,
      maximum: MAX_CONNECTIONS,
    }),
  }
}

const isGood = ({ accepted, count }: LoadOutcome): boolean => accepted === count

const isIntegrated = ({ states, undecided }: FlowVerdicts): boolean =>
  undecided === 0 && Object.keys(states).every((state) => state === 'IN_INTEGRE')

/** @throws CommandFailure timed out, or expected failure */
function requireVerdicts(verdicts: FlowVerdicts): void {
  if (verdicts.undecided > 0) {
    throw new CommandFailure(
      EXIT.timedOut,
      `${verdicts.undecided} flows were not decided in time.`,
      'Give them more with --timeout, or look: raccord flows list',
    )
  }
  if (!isIntegrated(verdicts)) {
    throw new CommandFailure(
      EXIT.expectedFailure,
      'Not every flow was integrated whole.',
      'Which: raccord flows list --state rejected',
    )
  }
}

function verdictsText({ states, undecided }: FlowVerdicts): string {
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`)
  return ['verdicts:', ...counts, ...(undecided > 0 ? [`${undecided} undecided`] : [])].join('  ')
}

/** The identifier in a flow's name, which it has by its place (reference §4.1). */
const flowNumber = (fileName: string): string => fileName.slice(16, 41)

function senderOf(
  transport: PartnerTransport,
  partner: PartnerFolder,
  { invoicesPerFlow }: LoadOrder,
  code: string,
  packTo: string,
): LoadSender {
  return {
    async send() {
      const flow = await generatedFlow(code, invoicesPerFlow, partner, packTo)
      const { size: bytes } = await stat(flow.path)
      const startedAt = performance.now()
      await transport.put(flow)
      const milliseconds = performance.now() - startedAt
      return { fileName: flow.fileName, bytes, milliseconds }
    },
  }
}

const COLUMNS = 'sent accepted refused late seconds flows/s wanted/s p50 p95 p99 max'.split(' ')
const NO_LATENCY = { p50: '–', p95: '–', p99: '–', max: '–' }

async function describe(outcome: LoadOutcome): Promise<void> {
  const { sent, accepted, refused, late, seconds, flowsPerSecond, rate, latencyMilliseconds } =
    outcome
  const cells = [sent, accepted, refused, late, seconds, flowsPerSecond, rate]
  const { p50, p95, p99, max } = latencyMilliseconds ?? NO_LATENCY
  const row = [...cells, p50, p95, p99, max].map(String)
  await writeOut(`${formatTable(COLUMNS, [row])}\n`)
  for (const { message, count } of outcome.refusals) tell(`✗ ${count} × ${message}`)
}
