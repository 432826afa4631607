import { setTimeout as sleep } from 'node:timers/promises'
import { recommendedName, reportBaseName } from '../../config/flow-name.ts'
import { FLOW_STATES } from '../flow-states.ts'
import type { FlowDocument, RefusalCode } from '../flow.ts'
import { readCsoReport } from '../../processing/returns/read-cso-report.ts'
import type { ApiClient } from './api-client.ts'
import { DEMO_CASES, type DemoCase, type DemoFlow, type DemoRun } from './demo-cases.ts'
import type { DemoPartner } from './demo-partners.ts'
import { openMailbox, type PartnerMailbox } from './partner-mailbox.ts'
import { PutRefused } from './partner-transport.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

const POLL_MILLISECONDS = 50
const REPORT_TIMEOUT_MILLISECONDS = 60_000

/** What one case gave: the flow document and what was expected of it. */
export interface DemoResult {
  readonly demoCase: DemoCase
  readonly fileName: string
  readonly isAsExpected: boolean
  readonly document: DemoDocument
}

/** The flow document (decisions B6) with what the demo adds; `state` is null at the door. */
export type DemoDocument = Partial<Omit<FlowDocument, 'state' | 'invoices' | 'refusal'>> & {
  readonly case: string
  readonly protocol: 'sftp'
  readonly interfaceCode: string
  readonly mode: string
  readonly state: string | null
  readonly expectedState: string | null
  readonly expectedRefusal: RefusalCode | null
  readonly refusal: { code: string; id: string; message: { en: string; fr: string } } | null
  readonly invoices: {
    readonly total: number
    readonly integrated: number
    readonly refused: number
  }
  readonly returns: FlowDocument['returns']
  readonly milliseconds: number
}

/** Sends every case over SFTP as a partner would, picks up every report by a real read. */
export async function runDemoCases(options: {
  readonly partner: DemoPartner
  readonly client: ApiClient
  readonly signal: AbortSignal
}): Promise<readonly DemoResult[]> {
  const { partner, client, signal } = options
  const { folder } = partner
  const first = await folder.nextSequence()
  const earlier = new Map<string, DemoFlow>()
  const run: DemoRun = {
    newName: async (interfaceCode, extension) =>
      recommendedName(
        interfaceCode,
        folder.applicationCode,
        await folder.nextSequence(),
        extension,
      ),
    // Another data folder on the same journal has a partner of another number.
    numberPrefix: `D${folder.applicationCode.slice(3)}${String(first).padStart(6, '0')}`,
    today: new Date().toISOString().slice(0, 10),
    earlier,
  }
  const mailbox = await openMailbox(folder, signal)
  try {
    const results: DemoResult[] = []
    for (const demoCase of DEMO_CASES) {
      const flow = await demoCase.make(run)
      const isResend = [...earlier.values()].some(
        (sent) => sent.fileName === flow.fileName && sent.content === flow.content,
      )
      results.push(await runCase({ demoCase, flow, isResend, mailbox, client, partner, signal }))
      earlier.set(demoCase.id, flow)
    }
    return results
  } finally {
    await mailbox.close()
  }
}

async function runCase(step: {
  readonly demoCase: DemoCase
  readonly flow: DemoFlow
  readonly isResend: boolean
  readonly mailbox: PartnerMailbox
  readonly client: ApiClient
  readonly partner: DemoPartner
  readonly signal: AbortSignal
}): Promise<DemoResult> {
  const { demoCase, flow, mailbox, client, signal } = step
  const { fileName } = flow
  const { expected } = demoCase
  const started = performance.now()
  const common = {
    case: demoCase.id,
    expectedState: 'state' in expected ? expected.state : null,
    expectedRefusal: 'refusal' in expected ? expected.refusal : null,
  }
  try {
    await mailbox.putContent(fileName, flow.content)
  } catch (error) {
    if (!(error instanceof PutRefused)) throw error
    const document = await refusedDocument(step, common, performance.now() - started)
    const isAsExpected = 'refusal' in expected && document.refusal?.code === expected.refusal
    return { demoCase, fileName, isAsExpected, document }
  }
  const number = fileName.slice(16, 41)
  let isReportRead = step.isResend
  if (!step.isResend) {
    const report = await fetchReport(mailbox, fileName, signal)
    isReportRead = readCsoReport(report).flowIdentifier === number
  }
  const document = await finalDocument(client, number, signal)
  const milliseconds = Math.round(performance.now() - started)
  const isAsExpected =
    'state' in expected &&
    document.state === expected.state &&
    isReportRead &&
    document.returns.every((back) => back.retrieved)
  return {
    demoCase,
    fileName,
    isAsExpected,
    document: { ...document, ...common, protocol: 'sftp', milliseconds },
  }
}

async function refusedDocument(
  step: { readonly flow: DemoFlow; readonly client: ApiClient; readonly partner: DemoPartner },
  common: Pick<DemoDocument, 'case' | 'expectedState' | 'expectedRefusal'>,
  milliseconds: number,
): Promise<DemoDocument> {
  const { connectionId } = step.partner
  // Refusals are written beside the transfer: the row may come a moment after the answer.
  let refusal
  for (let attempt = 0; attempt < 40 && refusal === undefined; attempt += 1) {
    if (attempt > 0) await sleep(POLL_MILLISECONDS)
    const refusals = await step.client.refusals({ connection: connectionId, limit: '5' })
    refusal = refusals.find((row) => row.offered === step.flow.fileName)
  }
  return {
    ...common,
    protocol: 'sftp',
    interfaceCode: step.flow.fileName.slice(0, 8).toUpperCase(),
    mode: 'NONE',
    state: null,
    refusal:
      refusal === undefined
        ? null
        : { code: refusal.code, id: refusal.id, message: refusal.message },
    invoices: { total: 0, integrated: 0, refused: 0 },
    returns: [],
    milliseconds: Math.round(milliseconds),
  }
}

/** Waits for the report to be offered and reads it whole, which is what consumes it. */
async function fetchReport(
  mailbox: PartnerMailbox,
  fileName: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const deadline = performance.now() + REPORT_TIMEOUT_MILLISECONDS
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    const name = (await mailbox.list()).find((one) => one.startsWith(reportBaseName(fileName)))
    if (name !== undefined) return mailbox.fetch(name)
    await sleep(POLL_MILLISECONDS)
  }
  throw new CommandFailure(EXIT.timedOut, `No report on ${fileName} within a minute.`)
}

/** The flow once it is decided and its report is known to be fetched. */
async function finalDocument(
  client: ApiClient,
  number: string,
  signal: AbortSignal,
): Promise<FlowDocument> {
  let document = await client.flow(number)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isSettled =
      FLOW_STATES[document.state].isFinal && document.returns.every((back) => back.retrieved)
    if (isSettled) break
    signal.throwIfAborted()
    await sleep(POLL_MILLISECONDS)
    document = await client.flow(number)
  }
  return document
}
