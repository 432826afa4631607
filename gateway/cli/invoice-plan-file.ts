import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** A plan as the API takes it. */
interface PlanOrder {
  readonly profile?: string | undefined
  readonly seed?: number | undefined
  readonly where?: Readonly<Record<string, string>>
  readonly steps?: readonly {
    readonly to: string
    readonly afterSeconds: number
    readonly comment?: string
  }[]
}

/**
 * A script: `where` (criteria as the options name them) and `steps`, each with `to` (a status),
 * `after` (30s, 2m, 1d; at once when it is left out) and `comment`.
 * @throws CommandFailure
 */
export async function readPlanFile(file: string): Promise<PlanOrder> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(EXIT.usage, `${file} cannot be read (${error.code}).`)
  })
  const script = readScript(file, text)
  const { where = {}, steps } = script
  if (!Array.isArray(steps) || steps.length === 0) throw noScript(file, 'it has no steps')
  return {
    where: Object.fromEntries(
      Object.entries(where as object).map(([name, value]) => [name, statusText(value)]),
    ),
    steps: steps.map((step: unknown) => {
      const { to, after, comment } = (step ?? {}) as Record<string, unknown>
      if (to === undefined) throw noScript(file, 'a step has no `to`')
      return {
        to: statusText(to),
        afterSeconds: after === undefined ? 0 : Math.round(parseDuration(plainText(after)) / 1_000),
        ...(comment === undefined ? {} : { comment: plainText(comment) }),
      }
    }),
  }
}

function readScript(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const script: unknown = parse(text, { maxAliasCount: 0 })
    if (typeof script === 'object' && script !== null) return script as Record<string, unknown>
  } catch (error) {
    throw noScript(file, error instanceof Error ? error.message : String(error))
  }
  throw noScript(file, 'it is empty')
}

function noScript(file: string, reason: string): CommandFailure {
  return new CommandFailure(
    EXIT.usage,
    `${file} is no script: ${reason}.`,
    "steps:\n    - { to: '02', after: 2s }\n    - { to: '03', after: 1m }",
  )
}

/** A word of a script; what is none is seen as such in what is said of it. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** YAML reads 2 and 02 as a number: a status has two digits. */
function statusText(value: unknown): string {
  return typeof value === 'number' ? String(value).padStart(2, '0') : plainText(value)
}
