/** Words of PromQL that are neither metrics nor labels. */
const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan'])
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const NAME = /[a-zA-Z_:][\w:]*/g

/** What an expression of PromQL, or `label_values(…)` of Grafana, asks for. */
export function promqlNames(expression: string): {
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
} {
  const labels = new Set<string>()
  const add = (text: string): string => {
    for (const [name] of text.matchAll(NAME)) labels.add(name)
    return ' '
  }
  const rest = expression
    .replace(/^label_values\(([^,]+),([^)]+)\)$/, (_, metric: string, label: string) => {
      add(label)
      return metric
    })
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => add(matchers))
    .replaceAll(GROUPING, (_, list: string) => add(list))
    .replaceAll(/\b[a-z_]+\s*\(/g, '(')
    .replaceAll(/\b\d[\w.]*/g, ' ')
  const metrics = [...rest.matchAll(NAME)].map(([name]) => name)
  return {
    metrics: [...new Set(metrics.filter((name) => !KEYWORDS.has(name)))],
    labels: [...labels],
  }
}
