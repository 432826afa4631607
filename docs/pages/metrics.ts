import {
  LABEL_VALUES,
  METRICS,
  type MetricLabel,
  type MetricRow,
} from '../../gateway/metrics/metric-table.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** `docs/metrics.md`: every metric of a gateway, out of the table it is counted by. */
export function metricsPage(): string {
  const rows = Object.entries<MetricRow>(METRICS)
  const labels = Object.entries(LABEL_VALUES) as [MetricLabel, string][]
  return `# Metrics

${GENERATED_MARK}

\`/metrics\` in Prometheus' text format. Who may read it, dashboards and alerts: [operations.md](operations.md).

Every process shows what it did itself: add \`own\` metrics up over processes. What is \`shared\` is read
by each process at the same place: take the largest, \`max by (…)\`. A process shows those of its roles.

${table(
  ['metric', 'kind', 'labels', 'of', 'processes with', 'what it says'],
  rows.map(([name, row]) => [
    `\`${name}\``,
    row.kind,
    row.labels.map((label) => `\`${label}\``).join(' ') || '–',
    row.of,
    row.roles.length === 4 ? 'any role' : row.roles.join(', '),
    `${row.meaning.en}<br>_${row.meaning.fr}_`,
  ]),
)}

What may stand in a label. Nothing a partner writes does, so that the number of series is bounded.

${table(
  ['label', 'values'],
  labels.map(([label, values]) => [`\`${label}\``, values]),
)}

Beside these are Node's own of each process (\`process_*\`, \`nodejs_*\`), such as
\`process_resident_memory_bytes\`, \`process_cpu_seconds_total\` and \`nodejs_eventloop_lag_p99_seconds\`.
`
}
