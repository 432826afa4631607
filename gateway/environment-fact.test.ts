import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireEnvironment } from './environment-fact.ts'
import { GatewayError } from './errors.ts'
import type { Environment } from './flow.ts'
import { openTestJournal } from '../test/support/test-journal.ts'
import { createLogger } from './logger.ts'

test('the first start decides the environment of a data folder for good', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-environment-'))
  const log = createLogger('silent')
  const start = async (environment: Environment): Promise<string> => {
    const journal = await openTestJournal(folder, log)
    const answer = await requireEnvironment(journal, environment).then(
      () => 'started',
      (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
    )
    await journal.close()
    return answer
  }
  expect(await start('production')).toBe('started')
  expect(await start('qualification')).toBe('CONFIG_INVALID')
  expect(await start('production')).toBe('started')
  await rm(folder, { recursive: true, maxRetries: 10 })
})
