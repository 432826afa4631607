import { Command } from 'commander'
import { FAULTS, FAULT_NAMES, findFault, type FaultRow } from '../faults/fault-table.ts'
import type { FaultDocument } from '../faults/journaled-faults.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface AddOptions extends Options {
  readonly connection?: string
  readonly protocol?: string
  readonly code?: string
  readonly next?: string
  readonly for: string
  readonly chance: string
}

/** `raccord faults`: trouble on purpose. */
export function faultsCommand(context: CommandContext): Command {
  const { language } = context
  const faults = new Command('faults').description(
    'Put trouble on purpose, see it, end it (qualification only).',
  )

  withApiOptions(
    faults.command('list').description('Active faults; with --kinds, those that can be put.'),
  )
    .option('--kinds', 'the catalogue')
    .option('--ended', 'those that are over too')
    .option('--json', 'one JSON document')
    .action(async (options: Options & { readonly kinds?: boolean; readonly ended?: boolean }) => {
      if (options.kinds === true) return await showKinds(options, language)
      const client = await apiClient(options, context)
      const query = options.ended === true ? '?ended=true' : ''
      const { faults: found } = await client.json<{ readonly faults: readonly FaultDocument[] }>({
        path: `/faults${query}`,
      })
      if (options.json === true) return await writeJson({ faults: found })
      if (found.length === 0) {
        const empty = { en: 'No fault is active.', fr: 'Aucune panne n’est active.' }
        return tell(`${empty[language]}\n→ raccord faults list --kinds`)
      }
      await writeOut(`${formatTable(HEADS[language], found.map(rowOf))}\n`)
    })

  withApiOptions(faults.command('add').description('Put a fault.'))
    .argument('<name>', 'which; raccord faults list --kinds has them')
    .argument('[values...]', 'its parameters: NAME=VALUE')
    .option('--connection <id>', 'of this connection only (id or application code)')
    .option('--protocol <protocol>', 'sftp, as2 or pesit only')
    .option('--code <code>', 'flows of this interface code only')
    .option('--next <count>', 'acts so many times, then ends')
    .option('--for <time>', 'ends by itself after this time', '15m')
    .option('--chance <share>', 'acts in this share of the cases: 0.1', '1')
    .option('--json', 'one JSON document')
    .action(async (name: string, pairs: readonly string[], options: AddOptions) => {
      if (findFault(name) === undefined) throw unknownFault(name, language)
      const client = await apiClient(options, context)
      const { connection, protocol, code, next } = options
      const fault = await client.json<FaultDocument>({
        method: 'POST',
        path: '/faults',
        body: {
          name,
          values: Object.fromEntries(pairs.map(pairOf)),
          ...(connection === undefined ? {} : { connection }),
          ...(protocol === undefined ? {} : { protocol }),
          ...(code === undefined ? {} : { interfaceCode: code }),
          ...(next === undefined
            ? {}
            : { next: wholeNumber(next, '--next', { minimum: 1, maximum: 1_000_000 }) }),
          chance: Number(options.chance),
          seconds: Math.ceil(parseDuration(options.for) / 1_000),
        },
      })
      if (options.json === true) return await writeJson(fault)
      const row = findFault(name)!
      await writeOut(`${fault.id}  ${name}: ${row.seen[language]}\n`)
      const until = { en: 'until', fr: 'jusqu’à' }[language]
      tell(`${until} ${shortTime(fault.endsAt)}   → raccord faults clear ${fault.id}`)
    })

  withApiOptions(faults.command('clear').description('End a fault, or with --all every one.'))
    .argument('[id]', 'of the fault')
    .option('--all', 'every one')
    .option('--json', 'one JSON document')
    .action(async (id: string | undefined, options: Options & { readonly all?: boolean }) => {
      if ((id === undefined) === (options.all !== true)) {
        throw new CommandFailure(EXIT.usage, 'Which fault?', 'Name its id, or --all.')
      }
      const client = await apiClient(options, context)
      const cleared =
        id === undefined
          ? (
              await client.json<{ readonly cleared: number }>({
                method: 'DELETE',
                path: '/faults',
              })
            ).cleared
          : await client
              .call({ method: 'DELETE', path: `/faults/${encodeURIComponent(id)}` })
              .then(() => 1)
      if (options.json === true) return await writeJson({ cleared })
      const said = { en: 'ended', fr: 'levée(s)' }
      tell(`${cleared} ${said[language]}`)
    })
  return faults
}

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  en: ['id', 'fault', 'values', 'scope', 'hits', 'left', 'until'],
  fr: ['id', 'panne', 'valeurs', 'portée', 'fois', 'reste', 'jusqu’à'],
}

function rowOf(fault: FaultDocument): readonly string[] {
  const { protocol, connectionId, interfaceCode, chance } = fault
  const scope = [protocol, connectionId, interfaceCode, chance < 1 ? `${chance * 100} %` : null]
  return [
    fault.id,
    fault.name,
    Object.entries(fault.values)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    scope.filter((part) => part !== null).join(' ') || '*',
    String(fault.hits),
    fault.remaining === null ? '∞' : String(fault.remaining),
    shortTime(fault.endsAt),
  ]
}

async function showKinds(options: Options, language: Language): Promise<void> {
  const rows = Object.entries<FaultRow>(FAULTS)
  if (options.json === true) {
    await writeJson({ faults: rows.map(([name, row]) => ({ name, ...row })) })
    return
  }
  const heads = {
    en: ['fault', 'of', 'values', 'what is seen'],
    fr: ['panne', 'de', 'valeurs', 'ce qui se voit'],
  }
  await writeOut(
    `${formatTable(
      heads[language],
      rows.map(([name, row]) => [
        name,
        row.group,
        Object.entries(row.parameters)
          .map(([parameter, { default: value }]) => `${parameter}=${value}`)
          .join(' '),
        row.seen[language],
      ]),
    )}\n`,
  )
}

function pairOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
  throw new CommandFailure(EXIT.usage, `${pair} is no NAME=VALUE.`)
}

function unknownFault(name: string, language: Language): CommandFailure {
  const near = FAULT_NAMES.filter((known) => known.includes(name) || name.includes(known))
  const said = { en: `There is no fault ${name}.`, fr: `Il n’y a pas de panne ${name}.` }
  return new CommandFailure(
    EXIT.usage,
    said[language],
    near.length > 0 ? near.join(', ') : 'raccord faults list --kinds',
  )
}

const shortTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ')
