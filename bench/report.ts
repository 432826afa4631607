import { targetText } from './measurement.ts'
import type { MeasurementResult } from './measurement.ts'

const COLUMNS = ['', 'ours', 'reference', 'ratio', 'target', ''] as const
const MET = new Map<boolean | null, string>([
  [true, 'met'],
  [false, 'NOT MET'],
  [null, ''],
])

/** The results as a table for people. */
export function tableOf(results: readonly MeasurementResult[]): string {
  const rows = results.map((result) => [
    result.title,
    `${figure(result.oursMedian)} ${result.unit}`,
    result.referenceMedian === null
      ? ''
      : `${figure(result.referenceMedian)} ${result.unit} (${result.reference?.name ?? ''})`,
    result.ratio === null ? '' : `${result.ratio.toFixed(2)}×`,
    result.target === undefined ? '' : targetText(result.target, result.unit),
    [MET.get(result.met) ?? '', result.note ?? ''].filter((part) => part !== '').join('; '),
  ])
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [line(COLUMNS), ...rows.map((row) => line(row))].join('\n')
}

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '?'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))))
  return value.toFixed(Math.min(3, digits))
}
