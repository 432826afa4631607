import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Config } from '../../config/schema.ts'
import { GatewayError } from '../errors.ts'
import { startGateway } from '../main.ts'
import { Preparation } from '../preparation.ts'
import { knownHostsFile } from '../partner-folder.ts'
import { ApiClient } from './api-client.ts'
import { banner } from './banner.ts'
import type { CommandContext } from './command-context.ts'
import { sayWhatHappens } from './activity.ts'
import { openDemoPartner } from './demo-partners.ts'
import { demoTable } from './demo-table.ts'
import { runDemoCases } from './demo-run.ts'
import { openDemoAs2Partner } from './demo-as2-partner.ts'
import { openDemoPesitPartner } from './demo-pesit-partner.ts'
import { runCalledCases } from './demo-called-run.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { registerGuests, withPartnerOption } from './guest-partners.ts'
import { gatewayConfig, withGatewayOptions, type GatewayOptions } from './gateway-options.ts'
import { sftpCommand } from './sftp-command.ts'
import { makeScratchSchema, type ScratchSchema } from './scratch-schema.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface DemoOptions extends GatewayOptions {
  readonly once?: boolean
  readonly json?: boolean
  readonly partner: readonly string[]
}

/** A form that is sent is in force at once: who tries the demo does not wait. */
const DEMO_DEFAULTS = { log: { level: 'error' }, connections: { activation: 'at-once' } }

/** `raccord demo`: a gateway, a partner that really sends, what came of it; then goes on serving. */
export function demoCommand(context: CommandContext): Command {
  return withPartnerOption(
    withGatewayOptions(
      new Command('demo').description(
        'Run a gateway and a sample partner that really sends; show every verdict and report.',
      ),
    ),
  )
    .option('--once', 'on free ports and a temporary data folder, then end')
    .option('--json', 'what came of each flow as one JSON document')
    .action((options: DemoOptions) =>
      options.once === true
        ? demoOnce(options, context)
        : demo(gatewayConfig(options, context, DEMO_DEFAULTS), options, context),
    )
}

/** Leaves nothing behind: neither a folder nor, on PostgreSQL, a table. */
async function demoOnce(options: DemoOptions, context: CommandContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-demo-'))
  try {
    const config = gatewayConfig(
      { sftpPort: '0', as2Port: '0', pesitPort: '0', apiPort: '0', ...options, data: folder },
      context,
      { ...DEMO_DEFAULTS, as2: { httpsPort: 0 } },
    )
    const scratch = await scratchOf(config)
    try {
      const { url } = scratch ?? config.journal
      await demo({ ...config, journal: { ...config.journal, url } }, options, context)
    } finally {
      await scratch?.drop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function scratchOf({ journal }: Config): Promise<ScratchSchema | undefined> {
  if (!/^postgres(ql)?:/.test(journal.url)) return undefined
  try {
    return await makeScratchSchema(journal.url)
  } catch (cause) {
    throw new GatewayError(
      'JOURNAL_UNAVAILABLE',
      `No schema for the demo can be made in the database (${cause instanceof Error ? cause.message : 'no reason given'}).`,
      { cause },
    )
  }
}

async function demo(config: Config, options: DemoOptions, context: CommandContext): Promise<void> {
  if (!config.api.enabled || !config.sftp.enabled) {
    throw new CommandFailure(
      EXIT.usage,
      'The demo sends over SFTP and asks the API what came of it: it wants both.',
      'Leave sftp.enabled and api.enabled true, or run raccord serve.',
    )
  }
  const stop = stopRequested()
  const preparation = new Preparation()
  const gateway = await startGateway(config, 'demo', preparation)
  const ended = Promise.race([stop, gateway.lost])
  try {
    const client = ApiClient.ofRun(gateway.run)
    if (options.json !== true) tell(`${banner(gateway.run, config)}\n`)
    const partner = await openDemoPartner(gateway, config, context)
    const guests = await registerGuests(gateway, options.partner, config, context)
    preparation.over()
    const results = [...(await runDemoCases({ partner, client, signal: endedBy(ended) }))]
    const signal = endedBy(ended)
    for (const open of [openDemoAs2Partner, openDemoPesitPartner]) {
      const called = await open(gateway, config, context)
      if (called === undefined) continue
      results.push(...(await runCalledCases({ partner: called, client, signal })))
    }
    const isAsExpected = results.every((result) => result.isAsExpected)
    const { journal, queue, payloads } = gateway.run
    const engines = { journal, queue, payloads }
    if (options.json === true) {
      const flows = results.map((result) => result.document)
      await writeJson({ ok: isAsExpected, engines, flows })
    } else await writeOut(`${demoTable(results, engines, context.language)}\n`)
    if (options.once === true && !isAsExpected) {
      throw new CommandFailure(EXIT.expectedFailure, 'Not every flow ended as expected.')
    }
    if (options.once === true) return
    const { folder } = partner
    const { keyFile } = await folder.credentials('client')
    const place = { ...folder.address, knownHostsFile: knownHostsFile(folder) }
    tell(`\nSend your own: ${sftpCommand(place, keyFile, config.sftp.algorithms)}`)
    for (const guest of guests) tell(guest)
    tell('Ctrl-C stops; raccord doctor checks.\n')
    const quiet = endedBy(ended)
    const [end] = await Promise.all([ended, sayWhatHappens(client, context.language, quiet)])
    if (end instanceof GatewayError) throw end
  } finally {
    await gateway.stop()
  }
}

function endedBy(ended: Promise<string | GatewayError>): AbortSignal {
  const controller = new AbortController()
  void ended.then((end) => {
    const isLost = end instanceof GatewayError
    controller.abort(isLost ? end : new CommandFailure(EXIT.expectedFailure, end))
  })
  return controller.signal
}
