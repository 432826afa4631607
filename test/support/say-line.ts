import { writeSync } from 'node:fs'
import { errorCode } from '../../gateway/durable-files.ts'

/**
 * A line on standard output that is out when this returns: the process may be killed right after.
 * A pipe that a slow reader has let fill up is waited for.
 */
export function sayLine(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
