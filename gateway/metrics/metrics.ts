import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  METRICS,
  type LabelsOf,
  type MetricName,
  type MetricOf,
  type MetricRow,
} from './metric-table.ts'

/** The metrics of one process: what it counted, and what it looks at when it is asked. */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #looks: (() => Promise<void>)[] = []
  #answer: Promise<string> | undefined

  constructor() {
    const registers = [this.#registry]
    for (const [name, row] of Object.entries(METRICS) as [MetricName, MetricRow][]) {
      const settings = { name, help: row.meaning.en, labelNames: [...row.labels], registers }
      if (row.kind === 'counter') this.#counters.set(name, new Counter(settings))
      else if (row.kind === 'gauge') this.#gauges.set(name, new Gauge(settings))
      else {
        const buckets = [...(row.buckets ?? [])]
        this.#histograms.set(name, new Histogram({ ...settings, buckets }))
      }
    }
    collectDefaultMetrics({ register: this.#registry })
  }

  count<Name extends MetricOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    this.#counters.get(name)?.inc(labels, by)
  }

  observe<Name extends MetricOf<'histogram'>>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ): void {
    this.#histograms.get(name)?.observe(labels, value)
  }

  set<Name extends MetricOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#gauges.get(name)?.set(labels, value)
  }

  add<Name extends MetricOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, change: number): void {
    this.#gauges.get(name)?.inc(labels, change)
  }

  /** Sets a gauge anew: a label value that is not among these is no longer shown. */
  setAll<Name extends MetricOf<'gauge'>>(
    name: Name,
    values: readonly { readonly labels: LabelsOf<Name>; readonly value: number }[],
  ): void {
    this.#gauges.get(name)?.reset()
    for (const { labels, value } of values) this.set(name, labels, value)
  }

  /** `look` runs before each answer; it sees to its own failures. */
  beforeAnswer(look: () => Promise<void>): void {
    this.#looks.push(look)
  }

  /** Prometheus' text format. Two who ask at once get one answer. */
  text(): Promise<string> {
    this.#answer ??= this.#look().finally(() => {
      this.#answer = undefined
    })
    return this.#answer
  }

  async #look(): Promise<string> {
    await Promise.all(this.#looks.map((look) => look()))
    return this.#registry.metrics()
  }
}
