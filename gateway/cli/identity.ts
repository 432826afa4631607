import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { OffsetClock } from '../clock.ts'
import type { BilingualText } from '../flow.ts'
import { identityFolder } from '../identity-folder.ts'
import { openIdentity, type Identity, type IdentityKey } from '../identity.ts'
import {
  IDENTITY_KINDS,
  IDENTITY_STATE_LABELS,
  type IdentityKind,
  type IdentityState,
} from '../identity-kinds.ts'
import { createLogger } from '../logger.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'

/** A key of the gateway as the API shows it. */
export interface IdentityKeyDocument {
  readonly kind: IdentityKind
  readonly state: IdentityState
  readonly stateLabel: BilingualText
  readonly fingerprint: string
  readonly usedFrom: string
  readonly notAfter: string | null
}

type Options = ApiOptions & { readonly json?: boolean }

/** `raccord identity`: the gateway's own keys, on a running gateway or in a data folder. */
export function identityCommand(context: CommandContext): Command {
  const identity = new Command('identity').description('The gateway’s own keys and certificates.')
  withApiOptions(
    identity
      .command('list')
      .description('List them: in use, next, previous. All but expired ones are accepted.'),
  )
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const keys = await onGateway(options, context, {
        running: (client) => client.identity(),
        stopped: async (opened) => opened.list().map(documentOf),
      })
      if (options.json === true) await writeJson({ keys })
      else await writeOut(`${tableOf(keys, context)}\n`)
    })
  withApiOptions(
    identity
      .command('rotate')
      .argument('<kind>', IDENTITY_KINDS.join(', '))
      .description('Make the next key of a kind: partners are told now, it is used later.'),
  )
    .option('--overlap <time>', 'how long partners have to learn of it', '30d')
    .option('--json', 'one JSON document')
    .action(async (name: string, options: Options & { readonly overlap: string }) => {
      const kind = kindOf(name)
      const overlap = parseDuration(options.overlap)
      const made = await onGateway(options, context, {
        running: (client) => client.rotateIdentity(kind, Math.round(overlap / 1_000)),
        stopped: async (opened) => documentOf(await opened.rotate(kind, overlap)),
      })
      if (options.json === true) {
        await writeJson(made)
        return
      }
      await writeOut(`${kind}  ${made.fingerprint}  used from ${shortTime(made.usedFrom)}\n`)
      tell(
        '→ tell the partners until then: their kits and GET /api/v1/gateway carry it from now on',
      )
    })
  return identity
}

/** Asks the gateway that runs; without one, opens the keys in the data folder. */
async function onGateway<Result>(
  options: Options,
  context: CommandContext,
  by: {
    readonly running: (client: ApiClient) => Promise<Result>
    readonly stopped: (identity: Identity) => Promise<Result>
  },
): Promise<Result> {
  try {
    return await by.running(await apiClient(options, context))
  } catch (error) {
    const isElsewhere = (options.url ?? context.environment['RACCORD_URL']) !== undefined
    const isUnreachable = error instanceof CommandFailure && error.exitCode === EXIT.unreachable
    if (isElsewhere || !isUnreachable) throw error
  }
  const config = loadConfig({
    environment: context.environment,
    ...(options.data === undefined ? {} : { overrides: { data: options.data } }),
  })
  const folder = identityFolder(config)
  if (!existsSync(folder)) {
    throw new CommandFailure(
      EXIT.unreachable,
      `There is no gateway in the data folder ${config.data}, running or stopped.`,
      'Name its folder with --data, or its API with --url and --token.',
    )
  }
  const clock = new OffsetClock()
  return by.stopped(await openIdentity({ folder, clock, log: createLogger('warn') }))
}

function kindOf(name: string): IdentityKind {
  const kind = IDENTITY_KINDS.find((one) => one === name)
  if (kind !== undefined) return kind
  throw new CommandFailure(
    EXIT.usage,
    `${name} is no kind of key.`,
    `Use one of ${IDENTITY_KINDS.join(', ')}.`,
  )
}

function documentOf(key: IdentityKey): IdentityKeyDocument {
  return {
    ...key,
    stateLabel: IDENTITY_STATE_LABELS[key.state],
    usedFrom: new Date(key.usedFrom).toISOString(),
    notAfter: key.notAfter === null ? null : new Date(key.notAfter).toISOString(),
  }
}

function tableOf(keys: readonly IdentityKeyDocument[], { language }: CommandContext): string {
  const header =
    language === 'fr'
      ? ['clé', 'état', 'utilisée depuis', 'expire', 'empreinte']
      : ['key', 'state', 'used from', 'expires', 'fingerprint']
  const rows = keys.map((key) => [
    key.kind,
    key.stateLabel[language],
    shortTime(key.usedFrom),
    key.notAfter === null ? '—' : key.notAfter.slice(0, 10),
    key.fingerprint,
  ])
  return formatTable(header, rows)
}

const shortTime = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')}Z`
