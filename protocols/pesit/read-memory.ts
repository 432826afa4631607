import type { ReturnFlowId } from '../../gateway/flow.ts'
import type { ListenerServices, PartnerConnection } from '../listener.ts'
import type { SyncTrail } from './sync-trail.ts'

/** What the restart of a read goes by (reference §7.4): kept until it is too late for one. */
export interface ReadRecord {
  readonly returnFlowId: ReturnFlowId
  /** PI 32 as it was announced. */
  readonly articleBytes: number
  readonly trail: SyncTrail
}

/** Reads that may be taken up again, by the number that ACK(SELECT) gave (PI 13). */
export class ReadMemory {
  readonly #services: Pick<ListenerServices, 'memory' | 'clock'>
  readonly #connection: PartnerConnection
  readonly #keptMilliseconds: number

  constructor(
    services: Pick<ListenerServices, 'memory' | 'clock'>,
    connection: PartnerConnection,
    restartSeconds: number,
  ) {
    this.#services = services
    this.#connection = connection
    this.#keptMilliseconds = restartSeconds * 1_000
  }

  /** As the last attempt left it; undefined when there was none, or too long ago. */
  async find(transferId: number): Promise<ReadRecord | undefined> {
    const kept = await this.#list(transferId)
    const last = kept.toSorted((one, other) => attemptOf(one.key) - attemptOf(other.key)).at(-1)
    return last && (JSON.parse(last.value) as ReadRecord)
  }

  /** Records are never changed: each attempt, and each way back within one, adds its own. */
  async keep(transferId: number, record: ReadRecord): Promise<void> {
    const kept = await this.#list(transferId)
    const attempt = Math.max(0, ...kept.map(({ key }) => attemptOf(key))) + 1
    await this.#services.memory.putIfAbsent(
      'pesit',
      this.#connection.id,
      `${prefixOf(transferId)}${attempt}`,
      JSON.stringify(record),
      this.#services.clock.now() + this.#keptMilliseconds,
    )
  }

  /** It was delivered: nothing is left to take up. */
  async forget(transferId: number): Promise<void> {
    for (const { key } of await this.#list(transferId)) {
      await this.#services.memory.remove('pesit', this.#connection.id, key)
    }
  }

  #list(transferId: number) {
    return this.#services.memory.list('pesit', this.#connection.id, prefixOf(transferId))
  }
}

function prefixOf(transferId: number): string {
  return `read/${transferId}/`
}

function attemptOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1))
}
