/** A table of Markdown; cells may hold anything but a line break. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

export const GENERATED_MARK =
  '<!-- Written by `npm run generate`; change the tables it is made from, not this page. -->'

const cell = (text: string): string => text.replaceAll('|', '\\|')
