import { createCipheriv } from 'node:crypto'

/** Content that a flow's number alone determines, so that another process can check it. */
export function numberedContent(number: number): Buffer {
  const bytes = number % 10 === 0 ? 1_600_000 : 3_000 + (number % 7) * 500
  const key = Buffer.alloc(16)
  key.writeUInt32BE(number)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}
