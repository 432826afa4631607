import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import type { ApiClient } from './api-client.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

const POLL_MILLISECONDS = 250

/** Submits a form and waits until it is processed, or until it clearly will not be in time. */
export async function submitAndWait(
  client: ApiClient,
  id: string,
  timeout: string,
): Promise<ConnectionDocument> {
  const deadline = performance.now() + parseDuration(timeout)
  let connection = await client.json<ConnectionDocument>({
    method: 'POST',
    path: `/connections/${id}/submit`,
  })
  while (connection.dueAt !== null && performance.now() < deadline) {
    const dueIn = Date.parse(connection.dueAt) - Date.now()
    if (performance.now() + dueIn > deadline) break
    await sleep(POLL_MILLISECONDS)
    connection = await client.json<ConnectionDocument>({ path: `/connections/${id}` })
  }
  return connection
}

/** Why a submitted form is not in force (yet). */
export function notActivated(connection: ConnectionDocument): CommandFailure {
  const { applicationCode, dueAt, motive } = connection
  if (motive !== null) {
    return new CommandFailure(
      EXIT.expectedFailure,
      `${applicationCode} was refused: ${motive.en}`,
      `Correct it and submit again: raccord connection update ${applicationCode} … --submit`,
    )
  }
  return new CommandFailure(
    EXIT.timedOut,
    `${applicationCode} is submitted; it will be processed ${dueAt === null ? 'by an operator' : `at ${dueAt}`}.`,
    `Then: raccord connection kit ${applicationCode} --partner FOLDER — an operator need not wait: raccord connection activate ${applicationCode}`,
  )
}
