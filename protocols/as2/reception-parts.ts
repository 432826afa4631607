import type { As2Keys } from '../../gateway/as2-keys.ts'
import type { Config } from '../../config/schema.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { CryptoThreads } from './cms/crypto-threads.ts'
import type { ListenerServices } from '../listener.ts'
import type { QueueReceipt, TakeReceipt } from './incoming-post.ts'

/** What messages are received with. */
export interface ReceptionParts {
  readonly services: ListenerServices
  readonly settings: Config['as2']
  /** The gateway's own, asked for at each message. */
  readonly keys: () => Promise<As2Keys>
  readonly queueReceipt: QueueReceipt
  readonly takeReceipt: TakeReceipt
  /** What holds for a connection without settings of its own; strangers are judged by it. */
  readonly defaultPolicy: As2Policy
  /** `raccord:0.1.0`. */
  readonly product: string
  readonly threads: CryptoThreads
  readonly log: Logger
}
