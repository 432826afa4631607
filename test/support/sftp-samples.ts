import { gzipSync } from 'node:zlib'
import { seededRandom } from './seeded-random.ts'

const random = seededRandom(9)

/** A whole gzip content that nothing compresses, of some 200 KB. */
export const CONTENT: Buffer = gzipSync(
  Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 256))),
)

/** Names of two flows of partner SIM123. */
export const NAME = 'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz'
export const OTHER_NAME = 'FSO1110A_SIM123_SIM1231110000000000000043.tar.gz'

/** STATUS replies as a peer sees them (draft-ietf-secsh-filexfer-02 §7). */
export const OK = { type: 101, code: 0 }
export const END_OF_FILE = { type: 101, code: 1 }
export const NO_SUCH_FILE = { type: 101, code: 2 }
export const DENIED = { type: 101, code: 3 }
export const FAILURE = { type: 101, code: 4 }
export const BAD_MESSAGE = { type: 101, code: 5 }
export const UNSUPPORTED = { type: 101, code: 8 }
