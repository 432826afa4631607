import type { FaultAction, FaultContext, FaultPoint, Faults } from '../faults.ts'
import type { ConnectionId, FaultId, ProtocolName } from '../flow.ts'
import { actsOn, FAULTS, type FaultName, type FaultRow, type FaultValues } from './fault-table.ts'

/** A fault that may act, as the journal has it. */
export interface ActiveFault {
  readonly id: FaultId
  readonly name: FaultName
  readonly values: FaultValues
  readonly protocol: ProtocolName | null
  readonly connectionId: ConnectionId | null
  readonly interfaceCode: string | null
  readonly chancePpm: number
  readonly remaining: number | null
  /** System time, milliseconds UTC. */
  readonly endsAt: number
}

export interface ActiveFaultsOptions {
  /** Told at each hit, on the way of a transfer: it must not wait. */
  readonly hit: (fault: ActiveFault, point: FaultPoint, context: FaultContext) => void
  /** System time; for tests. */
  readonly now?: () => number
  /** 0 ≤ number < 1; for tests. */
  readonly random?: () => number
}

/** Faults by their point, in memory: with none active, asking costs one lookup. */
export class ActiveFaults implements Faults {
  readonly #options: ActiveFaultsOptions
  #byPoint: ReadonlyMap<FaultPoint, readonly ActiveFault[]> = new Map()
  /** Hits this process still allows, of those that have a number of them. */
  readonly #left = new Map<FaultId, number>()
  /** What chance decided, for those who ask again. */
  readonly #drawn = new WeakMap<object, Map<FaultId, boolean>>()

  constructor(options: ActiveFaultsOptions) {
    this.#options = options
  }

  get count(): number {
    return [...this.#byPoint.values()].flat().filter((fault) => this.#mayAct(fault)).length
  }

  /** What the journal has now; oldest first: of two that could act, the older one does. */
  replace(faults: readonly ActiveFault[]): void {
    this.#byPoint = Map.groupBy(faults, (fault) => FAULTS[fault.name].point)
    for (const id of this.#left.keys()) {
      if (!faults.some((fault) => fault.id === id)) this.#left.delete(id)
    }
    for (const { id, remaining } of faults) {
      if (remaining === null) continue
      // Hits of this process may not be in the journal yet: what it has left never grows.
      this.#left.set(id, Math.min(this.#left.get(id) ?? remaining, remaining))
    }
  }

  at(point: FaultPoint, context: FaultContext): FaultAction | undefined {
    const candidates = this.#byPoint.get(point)
    if (candidates === undefined) return undefined
    const fault = candidates.find((one) => this.#mayAct(one) && this.#isMeant(one, context))
    if (fault === undefined) return undefined
    const left = this.#left.get(fault.id)
    if (left !== undefined) this.#left.set(fault.id, left - 1)
    this.#options.hit(fault, point, context)
    return (FAULTS[fault.name] as FaultRow).action(fault.values)
  }

  #mayAct({ id, endsAt }: ActiveFault): boolean {
    const { now = Date.now } = this.#options
    return now() < endsAt && (this.#left.get(id) ?? 1) > 0
  }

  #isMeant(fault: ActiveFault, context: FaultContext): boolean {
    const row: FaultRow = FAULTS[fault.name]
    const { protocol, connectionId, interfaceCode, bytes = 0 } = context
    if (fault.protocol !== null && fault.protocol !== protocol) return false
    if (protocol !== undefined && !actsOn(row, protocol)) return false
    if (fault.connectionId !== null && fault.connectionId !== connectionId) return false
    if (fault.interfaceCode !== null && fault.interfaceCode !== interfaceCode) return false
    if (row.fromBytes !== undefined && bytes < row.fromBytes(fault.values)) return false
    const { dialogue, asker } = context
    if (row.atStep !== undefined) {
      if (dialogue === undefined || !row.atStep(fault.values, dialogue)) return false
    }
    return fault.chancePpm >= 1_000_000 || this.#draw(fault, asker)
  }

  #draw({ id, chancePpm }: ActiveFault, asker: object | undefined): boolean {
    const { random = Math.random } = this.#options
    const decide = (): boolean => random() * 1_000_000 < chancePpm
    if (asker === undefined) return decide()
    const drawn = this.#drawn.get(asker) ?? new Map<FaultId, boolean>()
    this.#drawn.set(asker, drawn)
    const isMeant = drawn.get(id) ?? decide()
    drawn.set(id, isMeant)
    return isMeant
  }
}
