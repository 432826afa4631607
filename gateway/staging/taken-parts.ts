import type { Journal } from '../journal/journal.ts'
import type { ReceivedPart } from './received-file.ts'

/**
 * Of kept parts, those whose flow has been taken in since they were begun: where several processes
 * listen, the partner may have sent it again to another one. There is nothing left to resume.
 */
export async function findTakenParts<Part extends ReceivedPart>(
  journal: Journal,
  parts: readonly Part[],
): Promise<readonly Part[]> {
  const taken: Part[] = []
  for (const part of parts) {
    const flow = journal.db
      .selectFrom('flows')
      .select('id')
      .where('connection_id', '=', part.connectionId)
      .where('received_at', '>=', part.createdAt)
      .where('file_name', '=', part.name)
      .limit(1)
    if ((await journal.read(flow)).length > 0) taken.push(part)
  }
  return taken
}
