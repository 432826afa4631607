import type { Command } from 'commander'
import type { FlowDocument } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { waitForFlow } from './flow-waiting.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface ReplayOptions extends ApiOptions {
  readonly reason?: string
  readonly wait?: boolean
  readonly timeout: string
  readonly json?: boolean
}

/** `raccord flows replay ID…`: puts stored flows through the pipeline again. */
export function addFlowsReplay(flows: Command, context: CommandContext): void {
  withApiOptions(
    flows
      .command('replay')
      .description(
        'Put stored flows through the pipeline again, each as a new flow; their reports are held.',
      ),
  )
    .argument('<ids...>', 'flow ids, unique starts of them, or 25-character identifiers')
    .option('--reason <text>', 'why, for the audit')
    .option('--wait', 'until they are decided; exit 1 when one is not as its first flow, 5 in vain')
    .option('--timeout <duration>', 'how long to wait', '60s')
    .option('--json', 'one JSON document')
    .action(async (ids: readonly string[], options: ReplayOptions) => {
      const client = await apiClient(options, context)
      const deadline = performance.now() + parseDuration(options.timeout)
      const body = options.reason === undefined ? {} : { reason: options.reason }
      const pairs: { readonly first: FlowDocument; replay: FlowDocument }[] = []
      for (const id of ids) {
        const first = await client.flow(id)
        const path = `/flows/${encodeURIComponent(first.id)}/replay`
        pairs.push({ first, replay: await client.json<FlowDocument>({ path, body }) })
      }
      if (options.wait === true) {
        for (const pair of pairs) {
          pair.replay = (await waitForFlow(client, pair.replay.id, {}, deadline)).flow
        }
      }
      if (options.json === true) await writeJson({ replays: pairs.map(({ replay }) => replay) })
      else {
        for (const { first, replay } of pairs) {
          const { language } = context
          await writeOut(
            `${replay.number}  ${language === 'fr' ? 'rejoue' : 'replays'} ${first.number}  ${replay.stateLabel[language]} (${replay.state})\n`,
          )
        }
        tell('Reports of replays are held: raccord returns list --state HELD, returns release.')
      }
      if (options.wait !== true) return
      const late = pairs.find(({ replay }) => replay.finishedAt === null)
      if (late !== undefined) {
        throw new CommandFailure(
          EXIT.timedOut,
          `${late.replay.number} is ${late.replay.state}, and time is up.`,
          `Go on waiting: raccord flows wait ${late.replay.number}`,
        )
      }
      const other = pairs.find(({ first, replay }) => replay.state !== first.state)
      if (other === undefined) return
      throw new CommandFailure(
        EXIT.expectedFailure,
        `${other.first.number} was ${other.first.state}, its replay is ${other.replay.state}.`,
        `Why: raccord flows show ${other.replay.number}`,
      )
    })
}
