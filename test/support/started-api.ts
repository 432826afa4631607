import { onTestFinished } from 'vitest'
import { startApi } from '../../gateway/api/api-server.ts'
import { newToken } from '../../gateway/api/bearer-token.ts'
import type { ApiServices } from '../../gateway/api/api-services.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import type { WorkQueue } from '../../gateway/queue/queue.ts'
import { byToken, type ApiPerson } from './api-people.ts'
import { apiServices } from './api-services.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { openTestJournal } from './test-journal.ts'

export interface StartedApi {
  readonly url: string
  readonly token: string
  /** The local owner. */
  readonly machine: ApiPerson
  readonly services: ApiServices
  readonly stop: () => Promise<void>
}

/** The API over its real services, each answer held against its declaration; ends with the test. */
export async function startedApi(
  options: { readonly queue?: WorkQueue; readonly journal?: Journal } = {},
): Promise<StartedApi> {
  const log = createLogger('silent')
  const journal = options.journal ?? (await openTestJournal(await temporaryFolder(), log))
  const token = newToken()
  const services = await apiServices(journal, token)
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    services,
    checks: [],
    checkAnswers: true,
    openQueueBoard: options.queue?.openBoard?.bind(options.queue),
    log,
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= api.stop())
  onTestFinished(async () => {
    await stop()
    services.accounts.close()
    await journal.close()
  })
  return { url: api.url, token, machine: byToken(api.url, token), services, stop }
}
