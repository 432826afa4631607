import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import type { Queue } from 'bullmq'
import type { RequestHandler } from 'express'

/** Bull Board on the queue, without anything that changes it. @param path where it is mounted */
export function createQueueBoard(queue: Queue, path: string): RequestHandler {
  const serverAdapter = new ExpressAdapter().setBasePath(path)
  createBullBoard({
    queues: [new BullMQAdapter(queue, { readOnlyMode: true })],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Raccord' } },
  })
  return serverAdapter.getRouter() as RequestHandler
}
