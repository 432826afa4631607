import type { ConnectionId } from '../flow.ts'
import type { ReceivedFile, ReceivedPart } from './received-file.ts'

/** A part that waits to be resumed. */
export interface KeptPart {
  readonly part: ReceivedPart
  /** Who writes to it again since it was kept. */
  writer?: ReceivedFile
}

/** Kept parts by connection and the partner's name for them: one a name. */
export class KeptParts {
  readonly #byConnection = new Map<ConnectionId, Map<string, KeptPart>>()

  get(connectionId: ConnectionId, name: string): KeptPart | undefined {
    return this.#byConnection.get(connectionId)?.get(name)
  }

  /** In place of any other of that name. */
  set(kept: KeptPart): void {
    const { connectionId, name } = kept.part
    const names = this.#byConnection.get(connectionId) ?? new Map<string, KeptPart>()
    this.#byConnection.set(connectionId, names.set(name, kept))
  }

  /** Takes out this very part; another that has its name by now stays. */
  delete(kept: KeptPart): void {
    const { connectionId, name } = kept.part
    const names = this.#byConnection.get(connectionId)
    if (names?.get(name) !== kept) return
    names.delete(name)
    if (names.size === 0) this.#byConnection.delete(connectionId)
  }

  of(connectionId: ConnectionId): readonly KeptPart[] {
    return [...(this.#byConnection.get(connectionId)?.values() ?? [])]
  }

  all(): readonly KeptPart[] {
    return [...this.#byConnection.values()].flatMap((names) => [...names.values()])
  }
}
