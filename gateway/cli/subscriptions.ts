import { Command } from 'commander'
import type { BilingualText } from '../flow.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { addList, optionText } from './list-output.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface Rights {
  readonly mayShow: boolean
  readonly mayModify: boolean
  readonly mayTest: boolean
}

interface SubscriptionDocument {
  readonly user: { readonly id: string; readonly login: string }
  readonly structure: { readonly siret: string; readonly name: string }
  readonly rights: Rights
  readonly requested: Rights | null
  readonly state: string
}

interface Options extends ApiOptions {
  readonly modify?: boolean
  readonly test?: boolean
  readonly json?: boolean
}

interface Advice {
  readonly warnings: readonly { readonly en: string; readonly fr: string }[]
}

/** `raccord subscriptions`: rights on the areas of structures. */
export function subscriptionsCommand(context: CommandContext): Command {
  const subscriptions = new Command('subscriptions').description(
    'Ask for, give and take rights on the area of a structure.',
  )

  addList<SubscriptionDocument>(
    subscriptions
      .command('list')
      .description('List subscriptions to the areas one manages.')
      .option('--structure <siret>', 'of this structure')
      .option('--pending', 'only what waits for a decision'),
    context,
    {
      path: () => '/subscriptions',
      query: (options) => ({
        siret: optionText(options, 'structure'),
        pending: options['pending'] === true ? 'true' : undefined,
      }),
      columns: [
        { title: { en: 'SIRET', fr: 'SIRET' }, text: ({ structure }) => structure.siret },
        { title: { en: 'user', fr: 'utilisateur' }, text: ({ user }) => user.login },
        {
          title: { en: 'rights', fr: 'droits' },
          text: ({ rights }, language) => rightsText(rights, language),
        },
        {
          title: { en: 'asked for', fr: 'demandés' },
          text: ({ requested }, language) => (requested ? rightsText(requested, language) : ''),
        },
        {
          title: { en: 'state', fr: 'état' },
          text: ({ state }, language) => stateText(state, language),
        },
      ],
      empty: {
        en: 'There is no subscription.\n→ ask for one: raccord subscriptions request SIRET',
        fr: 'Il n’y a pas d’abonnement.\n→ en demander un : raccord subscriptions request SIRET',
      },
    },
  )

  withRights(
    subscriptions.command('request').description('Ask for rights on the area of a structure.'),
  )
    .argument('<siret>', 'the structure')
    .action(async (siret: string, options: Options) => {
      const client = await apiClient(options, context)
      const path = `/structures/${encodeURIComponent(siret)}/subscriptions`
      const asked = await client.json<SubscriptionDocument>({ path, body: rightsOf(options) })
      if (options.json === true) await writeJson(asked)
      else await writeOut(`  ${siret}  ${stateText(asked.state, context.language)}\n`)
    })

  withRights(
    subscriptions.command('grant').description('Give a user rights, without a request (managers).'),
  )
    .argument('<siret>', 'the structure')
    .argument('<user>', 'id of the user')
    .action(async (siret: string, user: string, options: Options) => {
      const client = await apiClient(options, context)
      const advice = await client.json<Advice>({
        method: 'PUT',
        path: pathOf(siret, user),
        body: rightsOf(options),
      })
      await sayAdvice(advice, options, context)
    })

  withApiOptions(
    subscriptions.command('revoke').description('End the rights of a user (managers).'),
  )
    .argument('<siret>', 'the structure')
    .argument('<user>', 'id of the user')
    .option('--json', 'one JSON document')
    .action(async (siret: string, user: string, options: Options) => {
      const client = await apiClient(options, context)
      await client.call({ method: 'DELETE', path: pathOf(siret, user) })
      await sayAdvice({ warnings: [] }, options, context)
    })

  for (const { name, decision } of DECISIONS) {
    withApiOptions(
      subscriptions
        .command(name)
        .description(`${name[0]?.toUpperCase()}${name.slice(1)} requests: all of them, or none.`),
    )
      .argument('<requests...>', 'SIRET:USER-ID, as list --pending shows them')
      .option('--json', 'one JSON document')
      .action(async (requests: readonly string[], options: Options) => {
        const client = await apiClient(options, context)
        await sayAdvice(await decide(client, requests, decision), options, context)
      })
  }
  return subscriptions
}

const DECISIONS = [
  { name: 'accept', decision: 'accept' },
  { name: 'refuse', decision: 'refuse' },
] as const

function decide(client: ApiClient, requests: readonly string[], decision: string): Promise<Advice> {
  const named = requests.map((request) => {
    const [siret = '', userId = ''] = request.split(':')
    if (siret === '' || userId === '') {
      throw new CommandFailure(
        EXIT.usage,
        `${request} is no request.`,
        'Write it as SIRET:USER-ID; list --pending --json shows both.',
      )
    }
    return { siret, userId }
  })
  return client.json<Advice>({
    path: '/subscriptions/decisions',
    body: { decision, requests: named },
  })
}

function withRights(command: Command): Command {
  return withApiOptions(command)
    .option('--modify', 'also to change connections')
    .option('--test', 'also to run tests')
    .option('--json', 'one JSON document')
}

const rightsOf = ({ modify, test }: Options): Rights => ({
  mayShow: true,
  mayModify: modify === true,
  mayTest: test === true,
})

const pathOf = (siret: string, user: string): string =>
  `/structures/${encodeURIComponent(siret)}/subscriptions/${encodeURIComponent(user)}`

const STATES: Readonly<Record<string, BilingualText>> = {
  REQUESTED: { en: 'requested', fr: 'demandé' },
  ACCEPTED: { en: 'accepted', fr: 'accepté' },
  REFUSED: { en: 'refused', fr: 'refusé' },
}
const stateText = (state: string, language: Language): string => STATES[state]?.[language] ?? state

const RIGHTS = {
  en: { show: 'show', modify: 'modify', test: 'test' },
  fr: { show: 'consulter', modify: 'modifier', test: 'tester' },
} as const

function rightsText({ mayShow, mayModify, mayTest }: Rights, language: Language): string {
  const { show, modify, test } = RIGHTS[language]
  const words = [mayShow && show, mayModify && modify, mayTest && test].filter(Boolean)
  return words.length === 0 ? '—' : words.join(' ')
}

async function sayAdvice(
  answer: Advice,
  { json }: Options,
  { language }: CommandContext,
): Promise<void> {
  if (json === true) return writeJson({ ok: true, ...answer })
  await writeOut(language === 'fr' ? '  fait\n' : '  done\n')
  for (const warning of answer.warnings) tell(`! ${warning[language]}`)
}
