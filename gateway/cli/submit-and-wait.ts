import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import type { ApiClient } from './api-client.ts'
import type { Language } from './command-context.ts'
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

/** Why a submitted form is not in force (yet), and what to do. */
export function notActivated(connection: ConnectionDocument, language: Language): CommandFailure {
  const { applicationCode, dueAt, motive } = connection
  const text = (en: string, fr: string): string => (language === 'fr' ? fr : en)
  if (motive !== null) {
    return new CommandFailure(
      EXIT.expectedFailure,
      `${applicationCode} ${text('was refused:', 'est refusé :')} ${motive[language]}`,
      `${text('Correct it and submit again:', 'Le corriger et le soumettre à nouveau :')} raccord connection update ${applicationCode} … --submit`,
    )
  }
  const when =
    dueAt === null ? text('by an operator', 'par un opérateur') : `${text('at', 'le')} ${dueAt}`
  return new CommandFailure(
    EXIT.timedOut,
    text(
      `${applicationCode} is submitted; it will be processed ${when}.`,
      `${applicationCode} est soumis ; il sera traité ${when}.`,
    ),
    text(
      `Then: raccord connection kit ${applicationCode} --partner FOLDER — an operator need not wait: raccord connection activate ${applicationCode}`,
      `Ensuite : raccord connection kit ${applicationCode} --partner DOSSIER — un opérateur n’a pas à attendre : raccord connection activate ${applicationCode}`,
    ),
  )
}
