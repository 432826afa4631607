import { expect, test } from 'vitest'
import { Preparation } from './preparation.ts'
import { readinessOf } from './readiness.ts'

test('while partners are still being registered a gateway is not ready, and says why', async () => {
  const preparation = new Preparation()
  expect(await readinessOf([preparation.check])).toMatchObject({
    isReady: false,
    checks: [{ name: 'partners', ok: false, detail: 'being registered' }],
  })
  preparation.over()
  expect(await readinessOf([preparation.check])).toMatchObject({
    isReady: true,
    checks: [{ name: 'partners', ok: true, detail: 'registered' }],
  })
})
