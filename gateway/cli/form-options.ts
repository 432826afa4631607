import type { Command } from 'commander'
import type { ConnectionForm } from '../connections/form.ts'
import type { ProcessingMode } from '../flow.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { wholeNumber } from './whole-number.ts'

/** Fields of the form as options, the same for `create` and `update`. */
export interface FormOptions {
  readonly code: readonly string[]
  readonly from?: string
  readonly until?: string
  readonly contactName?: string
  readonly contactFirstName?: string
  readonly contactEmail?: string
  readonly contactPhone?: string
  readonly ip: readonly string[]
  readonly as2Url?: string
  readonly as2Id?: string
  readonly pesitHost?: string
  readonly pesitPort?: string
  readonly pesitRequester?: string
  readonly pesitServer?: string
  readonly confirm?: boolean
  readonly comments?: string
}

const gather = (value: string, all: readonly string[]): readonly string[] => [...all, value]

export function withFormOptions(command: Command): Command {
  return command
    .option('--code <CODE=mode>', 'complete, partial or none (may be repeated)', gather, [])
    .option('--from <date>', 'first day, YYYY-MM-DD')
    .option('--until <date>', 'last day, YYYY-MM-DD')
    .option('--contact-name <name>', 'technical contact')
    .option('--contact-first-name <name>', 'technical contact')
    .option('--contact-email <address>', 'technical contact')
    .option('--contact-phone <number>', 'technical contact')
    .option('--ip <address>', 'where the partner comes from (may be repeated)', gather, [])
    .option('--as2-url <url>', 'AS2: where the partner takes messages')
    .option('--as2-id <id>', 'AS2: identifier of the partner')
    .option('--pesit-host <name>', 'PeSIT: where the partner answers')
    .option('--pesit-port <port>', 'PeSIT: its port')
    .option('--pesit-requester <id>', 'PeSIT: its name when it calls (PI 3)')
    .option('--pesit-server <id>', 'PeSIT: its name when it is called (PI 4)')
    .option('--confirm', 'documentation read, technical skill at hand, qualification first')
    .option('--comments <text>', 'for whoever processes the form')
}

/** What the options say of a form, over `form`. @throws CommandFailure usage */
export function formWith(form: ConnectionForm, options: FormOptions): ConnectionForm {
  const contact = {
    name: options.contactName,
    firstName: options.contactFirstName,
    email: options.contactEmail,
    telephone: options.contactPhone,
  }
  const as2 = { url: options.as2Url, as2Id: options.as2Id }
  const pesit = {
    host: options.pesitHost,
    port:
      options.pesitPort === undefined
        ? undefined
        : wholeNumber(options.pesitPort, '--pesit-port', { minimum: 1, maximum: 65_535 }),
    requesterId: options.pesitRequester,
    serverId: options.pesitServer,
  }
  const network = {
    ...form.network,
    ...member('ipAddresses', options.ip.length === 0 ? undefined : [...options.ip]),
    ...member('as2', merged(form.network?.as2, as2)),
    ...member('pesit', merged(form.network?.pesit, pesit)),
  }
  const codes = { ...form.codes, ...codesOf(options.code) }
  return {
    ...form,
    ...member('validFrom', options.from),
    ...member('validUntil', options.until),
    ...member('contact', merged(form.contact, contact)),
    ...member('network', Object.keys(network).length === 0 ? undefined : network),
    ...member('codes', Object.keys(codes).length === 0 ? undefined : codes),
    ...(options.confirm === true ? { confirmations: ALL_CONFIRMED } : {}),
    ...member('comments', options.comments),
  }
}

export const ALL_CONFIRMED = {
  documentationRead: true,
  technicalSkill: true,
  qualificationFirst: true,
} as const

const MODES: Readonly<Record<string, ProcessingMode>> = {
  complete: 'COMPLETE',
  partial: 'PARTIAL',
  none: 'NONE',
}

function codesOf(entries: readonly string[]): Readonly<Record<string, ProcessingMode>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [code = '', word = ''] = entry.split('=')
      const mode = MODES[word.toLowerCase()]
      if (mode === undefined || code === '') {
        throw new CommandFailure(
          EXIT.usage,
          `--code ${entry} is not understood.`,
          'Write it as FSO1110A=partial; the modes are complete, partial and none.',
        )
      }
      return [code, mode] as const
    }),
  )
}

/** `before` with what is given of `changes`; undefined when there is nothing of either. */
function merged<Values extends object>(
  before: Values | undefined,
  changes: { readonly [Name in keyof Values]?: Values[Name] | undefined },
): Values | undefined {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  if (given.length === 0) return before
  return { ...before, ...Object.fromEntries(given) } as Values
}

function member<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}
