import { describe, expect, test } from 'vitest'
import { containsEicar, EICAR_TEST_STRING } from './eicar.ts'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('the EICAR test file', () => {
  test('finds the EICAR string wherever it is and however it is cut', async () => {
    expect(EICAR_TEST_STRING).toHaveLength(68)
    const content = Buffer.from(`<x>${'y'.repeat(100)}${EICAR_TEST_STRING}</x>`)
    for (let size = 1; size <= content.length; size += 1) {
      expect(await containsEicar(inPieces(content, size))).toBe(true)
    }
  })

  test('is not alarmed by almost the string', async () => {
    const content = Buffer.from(`${EICAR_TEST_STRING.slice(0, -1)} ${EICAR_TEST_STRING.slice(1)}`)
    for (const size of [1, 30, 67, 68, 1_000]) {
      expect(await containsEicar(inPieces(content, size))).toBe(false)
    }
  })
})
