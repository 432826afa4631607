import { getHeapStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import { buffersPassed } from './young-buffers.ts'

const MIB = 1024 * 1024

test('buffers that have passed do not pile up', () => {
  for (let passed = 0; passed < 512; passed += 1) {
    const buffer = Buffer.allocUnsafeSlow(MIB)
    buffersPassed(buffer.length)
  }
  expect(getHeapStatistics().external_memory).toBeLessThan(100 * MIB)
})
