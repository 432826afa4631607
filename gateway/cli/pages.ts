import type { ApiClient } from './api-client.ts'

/** What the API gives at a time. */
const PAGE_SIZE = 500

/** The beginning of a list, and where it goes on. */
export interface ListPage<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** As many as are wanted of a list, page by page. */
export async function readPages<Item>(
  client: ApiClient,
  list: {
    readonly path: string
    readonly query?: Readonly<Record<string, string | undefined>>
    /** Where the items are in an answer. */
    readonly member?: string
    readonly limit: number
  },
): Promise<ListPage<Item>> {
  const items: Item[] = []
  let next: string | null = null
  do {
    const limit = String(Math.min(PAGE_SIZE, list.limit - items.length))
    const query: Record<string, string | undefined> = { ...list.query, limit }
    if (next !== null) query['after'] = next
    const page: Readonly<Record<string, unknown>> = await client.json({ path: list.path, query })
    items.push(...((page[list.member ?? 'items'] ?? []) as readonly Item[]))
    next = (page['next'] ?? null) as string | null
  } while (next !== null && items.length < list.limit)
  return { items, next }
}
