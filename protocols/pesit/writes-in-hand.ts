import type { ConnectionId } from '../../gateway/flow.ts'

/** A transfer that is received, or whose content is being put away after its line was lost. */
export interface WriteInHand {
  /** Ends its line, if it still has one. Resolves once what came is kept. */
  giveWay(): Promise<void>
}

/**
 * What the sessions of this process receive now. A partner that calls again notices a cut before we
 * do: the old session gives way to the restart, or this would begin at 0 beside it.
 */
export class WritesInHand {
  readonly #writes = new Map<string, WriteInHand>()

  /** @param identity of the transfer, among those of the connection */
  add(connectionId: ConnectionId, identity: string, write: WriteInHand): void {
    this.#writes.set(keyOf(connectionId, identity), write)
  }

  remove(connectionId: ConnectionId, identity: string, write: WriteInHand): void {
    const key = keyOf(connectionId, identity)
    if (this.#writes.get(key) === write) this.#writes.delete(key)
  }

  /** Resolves once no other session has that transfer. */
  async takeOver(connectionId: ConnectionId, identity: string): Promise<void> {
    await this.#writes.get(keyOf(connectionId, identity))?.giveWay()
  }
}

const keyOf = (connectionId: ConnectionId, identity: string): string =>
  `${connectionId} ${identity}`
