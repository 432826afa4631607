import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { atEnd } from '../scratch.ts'
import type { PostingOrder, PostingResult, PreparedPost } from './posting-client.ts'

/** The process that posts. */
export interface PostingSender {
  /** All of them, over as many connections. @throws Error when one was not taken */
  post(port: number, posts: readonly PreparedPost[], connections: number): Promise<PostingResult>
  stop(): void
}

const POSTS_AT_A_TIME = 100

export function startPostingSender(): PostingSender {
  const child = fork(join(import.meta.dirname, 'posting-client.ts'), {
    serialization: 'advanced',
  })
  const stop = atEnd(() => child.kill('SIGKILL'))
  const ask = async (order: PostingOrder): Promise<unknown> => {
    child.send(order)
    const [answer] = (await once(child, 'message')) as [unknown]
    return answer
  }
  return {
    async post(port, posts, connections) {
      for (let at = 0; at < posts.length; at += POSTS_AT_A_TIME) {
        await ask({ kind: 'keep', posts: posts.slice(at, at + POSTS_AT_A_TIME) })
      }
      const result = (await ask({ kind: 'run', port, connections })) as PostingResult
      if (result.fault !== undefined) throw new Error(result.fault)
      return result
    },
    stop,
  }
}
