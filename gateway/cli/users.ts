import { Command } from 'commander'
import type { BilingualText } from '../flow.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { addList, optionText } from './list-output.ts'
import { passwordOf } from './password-input.ts'
import { personSession } from './person-session.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

/** What the API says of a user. */
export interface UserDocument {
  readonly id: string
  readonly login: string
  readonly firstName: string
  readonly name: string
  readonly email: string
  readonly globalRoles: readonly string[]
  readonly isBlocked: boolean
  readonly revision: number
}

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface CreateOptions extends Options {
  readonly login: string
  readonly firstName: string
  readonly name: string
  readonly email: string
  readonly role: readonly string[]
  readonly setup?: string
  readonly passwordFile?: string
}

/** `raccord users`: for administrators, and for who becomes the first one. */
export function usersCommand(context: CommandContext): Command {
  const users = new Command('users').description('Make, look at, block users; reset passwords.')

  addList<UserDocument>(
    users
      .command('list')
      .description('List users, by login.')
      .option('--text <text>', 'part of login, name or e-mail'),
    context,
    {
      path: () => '/users',
      query: (options) => ({ text: optionText(options, 'text') }),
      columns: [
        { title: { en: 'login', fr: 'identifiant' }, text: ({ login }) => login },
        { title: { en: 'name', fr: 'nom' }, text: ({ firstName, name }) => `${firstName} ${name}` },
        { title: { en: 'e-mail', fr: 'courriel' }, text: ({ email }) => email },
        {
          title: { en: 'roles', fr: 'rôles' },
          text: ({ globalRoles }) => globalRoles.join(' ') || '—',
        },
        {
          title: { en: 'blocked', fr: 'bloqué' },
          text: ({ isBlocked }, language) => (isBlocked ? YES[language] : ''),
        },
      ],
      empty: {
        en: 'No user matches.\n→ make one: raccord users create --help',
        fr: 'Aucun utilisateur ne correspond.\n→ en créer un : raccord users create --help',
      },
    },
  )

  withApiOptions(
    users
      .command('create')
      .description(
        'Make a user with a temporary password; with --setup the first administrator (serve says the secret).',
      ),
  )
    .requiredOption('--login <login>', 'what he signs in with')
    .requiredOption('--first-name <name>', 'first name')
    .requiredOption('--name <name>', 'name')
    .requiredOption('--email <address>', 'e-mail')
    .option(
      '--role <role>',
      'operator, auditor or administrator (may be repeated)',
      (role: string, all: readonly string[]) => [...all, role],
      [],
    )
    .option('--setup <secret>', 'the one-time secret of the first start')
    .option('--password-file <file>', 'with --setup: the password; else it is asked for')
    .option('--json', 'one JSON document')
    .action(async (options: CreateOptions) => {
      const client = await apiClient(options, context)
      if (options.setup === undefined) await create(client, options, context)
      else await setUp(client, options.setup, options, context)
    })

  for (const { name, isBlocked, what } of BLOCKING) {
    withApiOptions(users.command(name).description(what))
      .argument('<login>', 'login or id')
      .option('--json', 'one JSON document')
      .action(async (login: string, options: Options) => {
        const client = await apiClient(options, context)
        const { id } = await findUser(client, login)
        const changed = await client.json<UserDocument>({
          method: 'PATCH',
          path: `/users/${id}`,
          body: { isBlocked },
        })
        if (options.json === true) await writeJson(changed)
        else
          await writeOut(
            `  ${changed.login}  ${BLOCKED[isBlocked ? 'yes' : 'no'][context.language]}\n`,
          )
      })
  }

  withApiOptions(
    users
      .command('reset-password')
      .description(
        'Give a user a temporary password; his sessions end and his tokens are revoked.',
      ),
  )
    .argument('<login>', 'login or id')
    .option('--json', 'one JSON document')
    .action(async (login: string, options: Options) => {
      const client = await apiClient(options, context)
      const { id } = await findUser(client, login)
      const path = `/users/${id}/password-reset`
      const answer = await client.json<ResetPassword>({ method: 'POST', path })
      await sayPassword(answer, options, context)
      const revoked = answer.revokedTokens.map(({ name }) => name).join(', ')
      if (options.json !== true && revoked !== '') {
        tell(`${REVOKED[context.language]} ${revoked}`)
      }
    })

  withApiOptions(
    users.command('change-password').description('Change one’s own password, a temporary one too.'),
  )
    .requiredOption('--login <login>', 'who one is')
    .option('--password-file <file>', 'the present password; else it is asked for')
    .option('--new-password-file <file>', 'the new one; else it is asked for')
    .option('--json', 'one JSON document')
    .action(
      async (
        options: Options & {
          readonly login: string
          readonly passwordFile?: string
          readonly newPasswordFile?: string
        },
      ) => {
        const client = await apiClient(options, context)
        const current = await passwordOf(options, context)
        const { login, newPasswordFile } = options
        const next = await passwordOf(
          {
            login: `${login}, the new one`,
            ...(newPasswordFile === undefined ? {} : { passwordFile: newPasswordFile }),
          },
          context,
        )
        await client.call({
          path: '/session/password',
          body: { current, next },
          ...(await personSession(client, login, current)),
        })
        if (options.json === true) await writeJson({ ok: true, login })
        else await writeOut(`  ${login}  ${CHANGED[context.language]}\n`)
      },
    )
  return users
}

const YES: BilingualText = { en: 'yes', fr: 'oui' }
const CHANGED: BilingualText = { en: 'changed', fr: 'modifié' }
const BLOCKED: Readonly<Record<'yes' | 'no', BilingualText>> = {
  yes: { en: 'blocked', fr: 'bloqué' },
  no: { en: 'not blocked', fr: 'non bloqué' },
}
const SHOWN_ONCE: BilingualText = {
  en: 'It is shown this once, and must be changed at the first sign-in.',
  fr: 'Il n’est montré que cette fois, et doit être changé à la première connexion.',
}
const REVOKED: BilingualText = { en: 'Tokens revoked:', fr: 'Jetons révoqués :' }

const BLOCKING = [
  { name: 'block', isBlocked: true, what: 'Block a user: nothing of his opens anything any more.' },
  { name: 'unblock', isBlocked: false, what: 'Let a blocked user in again.' },
] as const

interface WithPassword {
  readonly user: UserDocument
  readonly temporaryPassword: string
}

interface ResetPassword extends WithPassword {
  readonly revokedTokens: readonly { readonly name: string }[]
}

async function create(
  client: ApiClient,
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  const { login, firstName, name, email, role } = options
  const body = { login, firstName, name, email, globalRoles: role }
  await sayPassword(await client.json<WithPassword>({ path: '/users', body }), options, context)
}

async function sayPassword(
  answer: WithPassword,
  { json }: { readonly json?: boolean },
  { language }: CommandContext,
): Promise<void> {
  if (json === true) return writeJson(answer)
  await writeOut(`  ${answer.user.login}  ${answer.temporaryPassword}\n`)
  tell(SHOWN_ONCE[language])
}

async function setUp(
  client: ApiClient,
  secret: string,
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  if (options.role.length > 0) {
    throw new CommandFailure(EXIT.usage, 'The first user is an administrator.', 'Leave out --role.')
  }
  const { login, firstName, name, email } = options
  const password = await passwordOf(options, context)
  const user = await client.json<UserDocument>({
    path: '/setup',
    body: { secret, login, firstName, name, email, password },
  })
  if (options.json === true) await writeJson(user)
  else {
    const [role, hint] =
      context.language === 'fr'
        ? ['administrateur', 'un jeton pour les scripts :']
        : ['administrator', 'a token for scripts:']
    await writeOut(`  ${user.login}  ${role}\n`)
    tell(`→ ${hint} raccord tokens create NAME --user ${user.login}`)
  }
}

/** By login or id. @throws CommandFailure when there is none */
export function findUser(client: ApiClient, login: string): Promise<UserDocument> {
  return client.json<UserDocument>({ path: `/users/${encodeURIComponent(login)}` })
}
