import { stat } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { writeArchive } from '../../processing/archives/write-archive.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { openMailbox, type PartnerMailbox } from './partner-mailbox.ts'
import { generatedInvoices } from './sample-invoice.ts'
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
  readonly json?: boolean
}

const MAX_RATE = 1_000
const MAX_COUNT = 100_000
const MAX_INVOICES = 500
/** As many as a connection may have by default (setting sftp.maxPerConnection). */
const MAX_CONNECTIONS = 16

/**
 * Sends generated flows at a rate and tells what came of them. Every flow has its own identifier,
 * every invoice its own number: nothing is refused for having been sent before.
 * @throws CommandFailure usage; expected failure when flows were refused; as the session that broke
 */
export async function sendAtRate(partner: PartnerFolder, options: RateOptions): Promise<void> {
  const order: LoadOrder = {
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
  const mailboxes: PartnerMailbox[] = []
  try {
    const senders: LoadSender[] = []
    for (let index = 0; index < Math.min(order.connections, order.count); index += 1) {
      const mailbox = await openMailbox(partner)
      mailboxes.push(mailbox)
      senders.push(senderOf(mailbox, partner, order, options.code))
    }
    const { outcome, failure } = await sendLoad(order, senders)
    if (options.json === true) await writeJson({ ok: isGood(outcome), ...outcome })
    else await describe(outcome)
    if (failure !== undefined) throw failure
    if (!isGood(outcome)) {
      throw new CommandFailure(
        EXIT.expectedFailure,
        `${outcome.refused} of ${outcome.sent} flows were refused.`,
        'The reasons are in: raccord refusals',
      )
    }
  } finally {
    await Promise.all(mailboxes.map((mailbox) => mailbox.close()))
  }
}

const isGood = ({ accepted, count }: LoadOutcome): boolean => accepted === count

function senderOf(
  mailbox: PartnerMailbox,
  partner: PartnerFolder,
  { invoicesPerFlow }: LoadOrder,
  code: string,
): LoadSender {
  return {
    async send() {
      const sequence = await partner.nextSequence()
      const path = mailbox.temporaryPath('packed')
      const invoices = generatedInvoices(partner.applicationCode, sequence, invoicesPerFlow)
      await pipeline(writeArchive(invoices), createWriteStream(path))
      const { size: bytes } = await stat(path)
      const fileName = recommendedName(code, partner.applicationCode, sequence, 'tar.gz')
      const startedAt = performance.now()
      await mailbox.put({ fileName, path })
      return { bytes, milliseconds: performance.now() - startedAt }
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
