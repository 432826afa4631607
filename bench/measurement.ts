/** What must hold, and for which figure. */
export type Target =
  | { readonly ratioAtLeast: number }
  | { readonly ratioAtMost: number }
  | { readonly valueAtMost: number }
  | { readonly valueAtLeast: number }

/** One figure of ours beside one of a reference, from runs that took turns. */
export interface Measurement {
  /** `sftp.put.disk`: stable, for comparing documents. */
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly ours: readonly number[]
  /** What it is compared with, and its samples: `reference.samples[i]` ran beside `ours[i]`. */
  readonly reference?: { readonly name: string; readonly samples: readonly number[] }
  readonly target?: Target
  readonly note?: string
}

/** A measurement with what follows from its samples. */
export interface MeasurementResult extends Measurement {
  readonly oursMedian: number
  readonly referenceMedian: number | null
  /** Median of the ratios of the pairs, which a slow minute of the machine does not move. */
  readonly ratio: number | null
  readonly met: boolean | null
}

export function resultOf(measurement: Measurement): MeasurementResult {
  const { ours, reference, target } = measurement
  const oursMedian = median(ours)
  const samples = reference?.samples ?? []
  const ratio =
    samples.length === 0
      ? null
      : samples.length === ours.length
        ? median(ours.map((value, index) => value / samples[index]!))
        : oursMedian / median(samples)
  return {
    ...measurement,
    oursMedian,
    referenceMedian: samples.length === 0 ? null : median(samples),
    ratio,
    met: target === undefined ? null : holds(target, oursMedian, ratio),
  }
}

export function targetText(target: Target, unit: string): string {
  if ('ratioAtLeast' in target) return `≥ ${target.ratioAtLeast}×`
  if ('ratioAtMost' in target) return `≤ ${target.ratioAtMost}×`
  return 'valueAtLeast' in target
    ? `≥ ${target.valueAtLeast} ${unit}`
    : `≤ ${target.valueAtMost} ${unit}`
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Linear interpolation between the two nearest samples; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

function holds(target: Target, value: number, ratio: number | null): boolean | null {
  if ('valueAtMost' in target) return value <= target.valueAtMost
  if ('valueAtLeast' in target) return value >= target.valueAtLeast
  if (ratio === null) return null
  return 'ratioAtLeast' in target ? ratio >= target.ratioAtLeast : ratio <= target.ratioAtMost
}
