/** What `gateway-process.ts` is asked over its IPC channel, and what it answers. */
export type GatewayQuestion = 'watch the event loop' | 'event loop delay'

/** Milliseconds beyond the time the loop was due. */
export interface EventLoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}
