import type { Command } from 'commander'
import type { FlowCheck } from '../delivery/verify-flow.ts'
import type { FlowDocument } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { follow } from './events.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { describeFlow } from './flow-text.ts'
import { waitForFlow } from './flow-waiting.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface WaitOptions extends ApiOptions {
  readonly state?: string
  readonly delivered?: boolean
  readonly timeout: string
  readonly json?: boolean
}

/** `raccord flows wait | follow | verify`: for test suites and whoever watches. */
export function addFlowsFollowing(flows: Command, context: CommandContext): void {
  withApiOptions(
    flows
      .command('wait')
      .description('Wait until a flow is in a state; exit 1 when it ends in another, 5 in vain.'),
  )
    .argument('<id>', 'flow id, a unique start of it, or the 25-character identifier')
    .option('--state <state>', 'IN_INTEGRE, integrated, Intégré…; default: any final one')
    .option('--delivered', 'its return flows have to be delivered too')
    .option('--timeout <duration>', 'how long', '60s')
    .option('--json', 'the flow as one JSON document')
    .action(async (id: string, options: WaitOptions) => {
      const client = await apiClient(options, context)
      const deadline = performance.now() + parseDuration(options.timeout)
      const { isReached, flow } = await waitForFlow(client, id, options, deadline)
      if (options.json === true) await writeJson(flow)
      else tell(`${flow.number}  ${flow.stateLabel[context.language]} (${flow.state})`)
      if (isReached) return
      const isOver = flow.finishedAt !== null && options.delivered !== true
      throw new CommandFailure(
        isOver ? EXIT.expectedFailure : EXIT.timedOut,
        `${flow.number} is ${flow.state}${isOver ? '' : ', and time is up'}.`,
        `Why: raccord flows show ${flow.number}`,
      )
    })

  withApiOptions(
    flows.command('follow').description('Say each step of every flow as it happens, until Ctrl-C.'),
  )
    .option('--after <id>', 'go on after this event')
    .option('--count <number>', 'end after so many')
    .option('--json', 'one JSON document a line, with its id')
    .action(
      async (
        options: ApiOptions & {
          readonly after?: string
          readonly count?: string
          readonly json?: boolean
        },
      ) => {
        const client = await apiClient(options, context)
        const controller = new AbortController()
        void stopRequested().then(() => controller.abort())
        await follow(client, { ...options, topics: 'flows' }, controller.signal, context)
      },
    )

  withApiOptions(
    flows
      .command('verify')
      .description(
        'Compare what is kept of a flow with what the journal says; exit 1 if it differs.',
      ),
  )
    .argument('<id>', 'flow id, a unique start of it, or the 25-character identifier')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: ApiOptions & { readonly json?: boolean }) => {
      const client = await apiClient(options, context)
      const answer = await client.json<{ readonly ok: boolean; readonly checks: FlowCheck[] }>({
        path: `/flows/${encodeURIComponent(id)}/verification`,
      })
      if (options.json === true) await writeJson(answer)
      else {
        const lines = answer.checks.map(
          ({ ok, what, name, detail }) =>
            `  ${ok ? '✓' : '✗'} ${what}  ${name}  ${detail[context.language]}\n`,
        )
        await writeOut(lines.join(''))
      }
      if (answer.ok) return
      throw new CommandFailure(
        EXIT.expectedFailure,
        'What is kept is not what was recorded.',
        'Restore the store from its backup; docs/operations.md.',
      )
    })
}

/** `flows show --what-if`: what another setting would have made of a flow. */
export function describeWhatIfs(flow: FlowDocument): string {
  if (flow.finishedAt === null) return 'What if: not decided yet.'
  if (flow.whatIfs.length === 0) {
    return `What if: the other mode would have made the same of it (${flow.state}).`
  }
  return flow.whatIfs
    .map(
      ({ setting, value, state, integrated }) =>
        `What if ${setting} were ${value}: ${state}, ${integrated} of ${flow.invoices.total} integrated.`,
    )
    .join('\n')
}

/** A flow with its what-ifs, as text. */
export function describeWithWhatIfs(
  flow: FlowDocument,
  language: CommandContext['language'],
): string {
  return `${describeFlow(flow, language)}\n\n${describeWhatIfs(flow)}`
}
