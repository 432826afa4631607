import type { Clock } from '../../gateway/clock.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { ProtocolMemory } from '../listener.ts'
import type { WritingRecord } from './file-writing.ts'

/**
 * What a restart of one transfer goes by, durable: each change is a record behind the last one, so
 * that no moment is without.
 */
export class WritingMemory {
  readonly #services: { readonly memory: ProtocolMemory; readonly clock: Clock }
  readonly #connectionId: ConnectionId
  readonly #prefix: string
  readonly #keptSeconds: number
  #next: number | undefined

  /** @param name of the transfer, unique among those of the connection */
  constructor(
    services: { readonly memory: ProtocolMemory; readonly clock: Clock },
    connectionId: ConnectionId,
    name: string,
    keptSeconds: number,
  ) {
    this.#services = services
    this.#connectionId = connectionId
    this.#prefix = `writing/${name}/`
    this.#keptSeconds = keptSeconds
  }

  /** The record that stands; undefined when nothing was kept, or for too long. */
  async last(): Promise<WritingRecord | undefined> {
    const records = await this.#list()
    const last = records.reduce<(typeof records)[number] | undefined>(
      (latest, one) => (latest === undefined || one.at > latest.at ? one : latest),
      undefined,
    )
    this.#next = (last?.at ?? 0) + 1
    // Our own words: written by `keep`.
    return last && (JSON.parse(last.value) as WritingRecord)
  }

  async keep(record: WritingRecord): Promise<void> {
    const at = this.#next ?? (await this.#list()).length + 1
    this.#next = at + 1
    const expiresAt = this.#services.clock.now() + this.#keptSeconds * 1_000
    await this.#services.memory.putIfAbsent(
      'pesit',
      this.#connectionId,
      `${this.#prefix}${at}`,
      JSON.stringify(record),
      expiresAt,
    )
  }

  /** The transfer is over. */
  async forget(): Promise<void> {
    for (const { key } of await this.#list()) {
      await this.#services.memory.remove('pesit', this.#connectionId, key)
    }
    this.#next = undefined
  }

  async #list(): Promise<
    readonly { readonly key: string; readonly value: string; readonly at: number }[]
  > {
    const records = await this.#services.memory.list('pesit', this.#connectionId, this.#prefix)
    return records.map((one) => ({ ...one, at: Number(one.key.slice(this.#prefix.length)) }))
  }
}
