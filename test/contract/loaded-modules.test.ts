import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')

/** What Node itself has loaded of HTTP/2 and undici once these modules of ours are. */
async function heavyParts(...modules: readonly string[]): Promise<string> {
  const program = `
    for (const path of ${JSON.stringify(modules)}) await import(${JSON.stringify(ROOT)} + path)
    console.log(process.moduleLoadList.filter((name) => /undici|http2/.test(name)).join(' '))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
  return stdout.trim()
}

test('a process that listens loads neither HTTP/2 nor undici, which are 4 MiB of heap', async () => {
  const loaded = await heavyParts(
    '/gateway/main.ts',
    '/gateway/start-listeners.ts',
    '/gateway/metrics/metrics-listener.ts',
    '/protocols/as2/listener.ts',
    '/protocols/pesit/listener.ts',
    '/protocols/sftp/listener.ts',
  )
  expect(loaded).toBe('')
})
