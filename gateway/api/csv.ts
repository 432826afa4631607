/** One column of a table: its title in both languages, and what it shows of an item. */
export interface CsvColumn<Item> {
  readonly title: { readonly en: string; readonly fr: string }
  readonly value: (item: Item) => string
}

/** Lines of a table, each ended. */
export interface CsvTable<Item> {
  readonly header: string
  row(item: Item): string
}

/** UTF-8 with a byte order mark and `;`, as spreadsheets in France expect. */
export function csvTable<Item>(
  columns: readonly CsvColumn<Item>[],
  language: 'en' | 'fr',
): CsvTable<Item> {
  const line = (fields: readonly string[]): string => `${fields.map(csvField).join(';')}\r\n`
  return {
    header: `\ufeff${line(columns.map(({ title }) => title[language]))}`,
    row: (item) => line(columns.map(({ value }) => value(item))),
  }
}

/** Quoted where needed; a leading `=`, `+`, `-` or `@` must not become a formula. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
