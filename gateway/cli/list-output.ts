import type { Command } from 'commander'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { BilingualText } from '../flow.ts'
import type { CommandContext, Language } from './command-context.ts'
import { readPages } from './pages.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

/** A column: its title, and what stands in it. */
export interface Column<Item> {
  readonly title: BilingualText
  readonly text: (item: Item, language: Language) => string
}

/** How a list of the API is shown. */
export interface ListShown<Item> {
  readonly path: (options: Readonly<Record<string, unknown>>) => string
  readonly query: (
    options: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, string | undefined>>
  readonly columns: readonly Column<Item>[]
  /** Said when nothing matches, with the next thing to try. */
  readonly empty: BilingualText
}

const MAX_LISTED = 10_000
const MORE: BilingualText = { en: 'There are more: --limit.', fr: 'Il y en a d’autres : --limit.' }

/** Gives a command the options of a list, and its action. */
export function addList<Item>(
  command: Command,
  context: CommandContext,
  shown: ListShown<Item>,
): Command {
  return withApiOptions(command)
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: ApiOptions & { readonly limit: string; readonly json?: boolean }) => {
      const { language } = context
      const limit = wholeNumber(options.limit, '--limit', { minimum: 1, maximum: MAX_LISTED })
      const client = await apiClient(options, context)
      const asked = { ...options }
      const list = { path: shown.path(asked), query: shown.query(asked), limit }
      const { items, next } = await readPages<Item>(client, list)
      if (options.json === true) return writeJson({ items, next })
      if (items.length === 0) return tell(shown.empty[language])
      const rows = items.map((item) => shown.columns.map(({ text }) => text(item, language)))
      await writeOut(
        `${formatTable(
          shown.columns.map(({ title }) => title[language]),
          rows,
        )}\n`,
      )
      if (next !== null) tell(MORE[language])
    })
}

/** An option as it was given. */
export function optionText(
  options: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
