import { describe, expect, test } from 'vitest'
import { readPemBlocks } from './pem-blocks.ts'

const BLOCK = '-----BEGIN A-----\nYWJj\n-----END A-----\n'

describe('PEM', () => {
  test('blocks are found between other texts, with any line ends', () => {
    const { blocks, isCut } = readPemBlocks(
      `subject=x\n${BLOCK}\r\n-----\n${BLOCK.replaceAll('\n', '\r\n')}`,
    )
    expect(blocks.map((block) => block.bytes?.toString())).toEqual(['abc', 'abc'])
    expect(isCut).toBe(false)
  })

  test('header lines of old-style blocks are no base64', () => {
    const text = BLOCK.replace('YWJj', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nYWJj')
    expect(readPemBlocks(text).blocks[0]?.bytes?.toString()).toBe('abc')
  })

  test.each([
    ['no end', '-----BEGIN A-----\nYWJj\n'],
    ['the end of another', '-----BEGIN A-----\nYWJj\n-----END B-----\n'],
    ['half a mark', '-----BEGIN A'],
    ['another start inside', `-----BEGIN A-----\nYWJj\n${BLOCK}`],
  ])('a block with %s is cut', (_, text) => {
    expect(readPemBlocks(text).isCut).toBe(true)
  })

  test('what is not base64 has no bytes', () => {
    expect(readPemBlocks(BLOCK.replace('YWJj', 'YW€j')).blocks[0]?.bytes).toBeUndefined()
    expect(readPemBlocks(BLOCK.replace('YWJj', '')).blocks[0]?.bytes).toBeUndefined()
  })

  test('a text of starts alone is read in one pass', () => {
    expect(readPemBlocks('-----BEGIN '.repeat(200_000)).blocks).toEqual([])
    expect(readPemBlocks('-----BEGIN A-----'.repeat(100_000)).isCut).toBe(true)
  })
})
