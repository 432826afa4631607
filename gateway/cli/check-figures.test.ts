import { expect, test } from 'vitest'
import type { VitalsDocument } from '../api/partners.ts'
import { CHECK_FIGURES, checkFigures, performanceData } from './check-figures.ts'

const well: VitalsDocument = {
  disk: { freeBytes: 40 * 1024 ** 3 },
  queue: { flows: 2, oldestSeconds: 12 },
  certificates: { soonestDays: 200, applicationCode: 'ACM001' },
  delivery: { failingPartners: 0, failures: 0 },
  rejections: { flows: 10, refused: 1, percent: 10 },
  alerts: { open: 1, unattended: 0, critical: 0, rules: [] },
}

const verdicts = (vitals: VitalsDocument) =>
  Object.fromEntries(
    checkFigures(CHECK_FIGURES, vitals).map(({ name, verdict }) => [name, verdict]),
  )

test('a gateway that is well passes every figure, and tells each with its thresholds', () => {
  expect(new Set(Object.values(verdicts(well)))).toEqual(new Set(['OK']))
  expect(performanceData(checkFigures(CHECK_FIGURES, well))).toBe(
    'queue-age=12s;299;1799 disk-free=40;6:;2: certificate-days=200;31:;8: delivery-failing=0;0;4 rejection-rate=10%;24;49 alerts=0;0;99 alerts-critical=0;0;0',
  )
})

test('each figure warns at its first threshold and is critical at its second', () => {
  expect(
    verdicts({
      disk: { freeBytes: 1024 ** 3 },
      queue: { flows: 2, oldestSeconds: 300 },
      certificates: { soonestDays: 7, applicationCode: 'ACM001' },
      delivery: { failingPartners: 4, failures: 9 },
      rejections: { flows: 2, refused: 1, percent: 50 },
      alerts: { open: 3, unattended: 2, critical: 1, rules: ['no-flow', 'disk-low'] },
    }),
  ).toEqual({
    'queue-age': 'WARNING',
    'disk-free': 'CRITICAL',
    'certificate-days': 'CRITICAL',
    'delivery-failing': 'WARNING',
    'rejection-rate': 'CRITICAL',
    alerts: 'WARNING',
    'alerts-critical': 'CRITICAL',
  })
})

test('what there is not is not judged', () => {
  const empty = {
    ...well,
    certificates: { soonestDays: null, applicationCode: null },
    rejections: { flows: 0, refused: 0, percent: 0 },
  }
  expect(Object.keys(verdicts(empty))).toEqual([
    'queue-age',
    'disk-free',
    'delivery-failing',
    'alerts',
    'alerts-critical',
  ])
})
