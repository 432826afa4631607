import { Router } from 'express'
import { z } from 'zod'
import type { ConnectionId, RefusalCode } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { REFUSALS } from '../refusals.ts'
import { parseQuery } from './request-query.ts'

const listQuery = z.strictObject({
  connection: z.string().max(60).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

/** `/api/v1/refusals`: what was refused at the door, newest first, with what to do about it. */
export function refusalsRoutes(journal: Journal): Router {
  const router = Router()
  router.get('/refusals', async (request, response) => {
    const { connection, since, limit } = parseQuery(request, listQuery)
    let query = journal.db.selectFrom('refusals').selectAll().orderBy('id', 'desc').limit(limit)
    if (connection !== undefined)
      query = query.where('connection_id', '=', connection as ConnectionId)
    if (since !== undefined) query = query.where('at', '>=', Date.parse(since))
    const rows = await journal.read(query)
    response.json({
      refusals: rows.map((row) => ({
        id: row.id,
        at: new Date(row.at).toISOString(),
        protocol: row.protocol,
        peer: row.peer,
        sessionId: row.session_id,
        connectionId: row.connection_id,
        code: row.code,
        ...REFUSALS[row.code as RefusalCode],
        reason: row.reason,
        offered: row.offered,
        wanted: row.wanted,
        nearest: row.nearest_json === null ? null : (JSON.parse(row.nearest_json) as unknown),
      })),
    })
  })
  return router
}
