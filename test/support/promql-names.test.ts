import { expect, test } from 'vitest'
import { promqlNames } from './promql-names.ts'

test.each([
  ['up{job=~"raccord.*"} == 0', ['up'], ['job']],
  [
    'histogram_quantile(0.95, sum by (le) (rate(a_bucket{stage="total"}[15m]))) > 300',
    ['a_bucket'],
    ['stage', 'le'],
  ],
  ['max(max by (x) (b)) > 0 unless on() sum(rate(c{y!="z z"}[5m])) > 8e6', ['b', 'c'], ['y', 'x']],
  ['label_values(d_total, code)', ['d_total'], ['code']],
])('of %s the metrics and labels are found', (expression, metrics, labels) => {
  const found = promqlNames(expression)
  expect(found.metrics).toEqual(metrics)
  expect(found.labels.toSorted()).toEqual(labels.toSorted())
})
