// Reference A of the benches of AS2 (decisions E2): the octets of a message through node:crypto,
// decrypted, hashed, written and synced, in a process of its own. The key is any: the work is the
// same. Started with the message and with where to write; says the milliseconds it took.
import { createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

const BLOCK_BYTES = 1024 * 1024
const CIPHER_BLOCK_BYTES = 16

const [message = '', output = ''] = process.argv.slice(2)
const decipher = createDecipheriv('aes-256-cbc', randomBytes(32), randomBytes(16))
decipher.setAutoPadding(false)
const hash = createHash('sha256')
const room = Buffer.allocUnsafeSlow(BLOCK_BYTES)
const startedAt = performance.now()
const from = openSync(message, 'r')
const to = openSync(output, 'w')
for (;;) {
  const bytes = readSync(from, room)
  if (bytes === 0) break
  const plain = decipher.update(room.subarray(0, bytes - (bytes % CIPHER_BLOCK_BYTES)))
  hash.update(plain)
  writeSync(to, plain)
}
hash.digest()
fsyncSync(to)
closeSync(to)
closeSync(from)
process.stdout.write(String(performance.now() - startedAt))
