import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportBaseName } from '../../config/flow-name.ts'
import { readCsoReport } from '../../processing/returns/read-cso-report.ts'
import type { ApiClient } from './api-client.ts'
import { CALLED_CASES, type DemoCase, type DemoRun } from './demo-cases.ts'
import type { DemoPartner } from './demo-partners.ts'
import { demoRun, finalDocument, type DemoResult } from './demo-run.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PartnerTransport } from './partner-transport.ts'
import { openTransport } from './partner-transports.ts'

const REPORT_TIMEOUT_MILLISECONDS = 60_000

/** Sends as a partner that the gateway calls; every report is brought to it and acknowledged. */
export async function runCalledCases(options: {
  readonly partner: DemoPartner
  readonly client: ApiClient
  readonly signal: AbortSignal
}): Promise<readonly DemoResult[]> {
  const { folder } = options.partner
  const run = await demoRun(folder)
  const temporary = await mkdtemp(join(tmpdir(), 'raccord-demo-'))
  const { signal } = options
  const transport = await openTransport(folder, { receives: true, signal })
  try {
    const results: DemoResult[] = []
    for (const demoCase of CALLED_CASES) {
      const path = join(temporary, demoCase.id)
      results.push(await runCase({ ...options, demoCase, run, transport, path }))
    }
    return results
  } finally {
    await transport.close()
    await rm(temporary, { recursive: true, force: true })
  }
}

async function runCase(step: {
  readonly demoCase: DemoCase
  readonly run: DemoRun
  readonly partner: DemoPartner
  readonly transport: PartnerTransport
  readonly path: string
  readonly client: ApiClient
  readonly signal: AbortSignal
}): Promise<DemoResult> {
  const { demoCase, transport, path, client, signal, partner } = step
  const { protocol } = partner.folder.address
  const { fileName, content } = await demoCase.make(step.run)
  const { expected } = demoCase
  const started = performance.now()
  await writeFile(path, content)
  await transport.put({ fileName, path })
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(REPORT_TIMEOUT_MILLISECONDS)])
  const report = await transport.receive(reportBaseName(fileName), deadline)
  if (report === undefined) {
    throw new CommandFailure(EXIT.timedOut, `No report on ${fileName} was brought in a minute.`)
  }
  const number = fileName.slice(16, 41)
  const isReportRead = readCsoReport(report.content).flowIdentifier === number
  const document = await finalDocument(client, number, signal)
  const milliseconds = Math.round(performance.now() - started)
  const expectedState = 'state' in expected ? expected.state : null
  return {
    demoCase,
    fileName,
    isAsExpected:
      document.state === expectedState &&
      isReportRead &&
      document.returns.every((back) => back.retrieved),
    document: {
      ...document,
      case: `${demoCase.id}-${protocol}`,
      expectedState,
      expectedRefusal: 'refusal' in expected ? expected.refusal : null,
      protocol,
      milliseconds,
    },
  }
}
