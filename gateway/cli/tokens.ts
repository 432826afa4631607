import { Command } from 'commander'
import type { BilingualText } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { addList } from './list-output.ts'
import { passwordOf } from './password-input.ts'
import { personSession } from './person-session.ts'
import { tell, writeJson, writeOut } from './terminal.ts'
import { findUser } from './users.ts'

interface TokenDocument {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[] | null
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

interface CreateOptions extends ApiOptions {
  readonly user?: string
  readonly login?: string
  readonly passwordFile?: string
  readonly scope: readonly string[]
  readonly expires?: string
  readonly json?: boolean
}

const ALL: BilingualText = { en: 'all its owner may', fr: 'tout ce que peut son titulaire' }
const REVOKED: BilingualText = { en: 'revoked', fr: 'révoqué' }

const shownOnce = ({ id, expiresAt }: TokenDocument): BilingualText => ({
  en: `It is shown this once; ${id} ends ${expiresAt ?? 'never'}.\n→ use it: RACCORD_TOKEN, --token, or Authorization: Bearer`,
  fr: `Il n’est montré que cette fois ; ${id} finit ${expiresAt === null ? 'jamais' : `le ${expiresAt}`}.\n→ s’en servir : RACCORD_TOKEN, --token, ou Authorization: Bearer`,
})

/** `raccord tokens`: bearer tokens for scripts. */
export function tokensCommand(context: CommandContext): Command {
  const tokens = new Command('tokens').description('Make, list and revoke tokens for scripts.')

  addList<TokenDocument>(
    tokens
      .command('list')
      .description('List one’s own tokens; with --all those of everybody (administrators).')
      .option('--all', 'those of everybody'),
    context,
    {
      path: ({ all }) => (all === true ? '/tokens/all' : '/tokens'),
      query: () => ({}),
      columns: [
        { title: { en: 'id', fr: 'id' }, text: ({ id }) => id },
        { title: { en: 'name', fr: 'nom' }, text: ({ name }) => name },
        {
          title: { en: 'may', fr: 'permet' },
          text: ({ scopes }, language) => scopes?.join(' ') ?? ALL[language],
        },
        {
          title: { en: 'until', fr: 'jusqu’au' },
          text: ({ expiresAt }) => expiresAt?.slice(0, 10) ?? '—',
        },
        {
          title: { en: 'last used', fr: 'dernier usage' },
          text: ({ lastUsedAt }) => lastUsedAt?.slice(0, 16) ?? '—',
        },
        {
          title: { en: 'revoked', fr: 'révoqué' },
          text: ({ revokedAt }) => revokedAt?.slice(0, 16) ?? '',
        },
      ],
      empty: {
        en: 'There is no token.\n→ make one: raccord tokens create NAME --login LOGIN',
        fr: 'Il n’y a pas de jeton.\n→ en créer un : raccord tokens create NOM --login IDENTIFIANT',
      },
    },
  )

  withApiOptions(
    tokens
      .command('create')
      .description(
        'Make a token; its secret is shown this once. A person signs in (--login); on the gateway’s own machine it may be made for anybody (--user).',
      ),
  )
    .argument('<name>', 'what it is for')
    .option('--user <login>', 'for this user, by the owner of the gateway’s machine')
    .option('--login <login>', 'sign in as this person; the password is asked for')
    .option('--password-file <file>', 'with --login: the password')
    .option(
      '--scope <permission>',
      'limit it to this permission (may be repeated; docs/accounts.md)',
      (scope: string, all: readonly string[]) => [...all, scope],
      [],
    )
    .option('--expires <time>', 'when it ends (ISO 8601)')
    .option('--json', 'one JSON document')
    .action(async (name: string, options: CreateOptions) => {
      const client = await apiClient(options, context)
      const { user, scope, expires } = options
      const userId = user === undefined ? undefined : (await findUser(client, user)).id
      const made = await client.json<{ token: TokenDocument; secret: string }>({
        path: '/tokens',
        body: {
          name,
          ...(userId === undefined ? {} : { userId }),
          ...(scope.length === 0 ? {} : { scopes: scope }),
          ...(expires === undefined ? {} : { expiresAt: expires }),
        },
        ...(options.login === undefined
          ? {}
          : await personSession(client, options.login, await passwordOf(options, context))),
      })
      if (options.json === true) await writeJson(made)
      else {
        await writeOut(`${made.secret}\n`)
        tell(shownOnce(made.token)[context.language])
      }
    })

  withApiOptions(tokens.command('revoke').description('Revoke a token: it opens nothing any more.'))
    .argument('<id>', 'id of the token')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: ApiOptions & { readonly json?: boolean }) => {
      const client = await apiClient(options, context)
      await client.call({ method: 'DELETE', path: `/tokens/${encodeURIComponent(id)}` })
      if (options.json === true) await writeJson({ ok: true, id })
      else await writeOut(`  ${id}  ${REVOKED[context.language]}\n`)
    })
  return tokens
}
