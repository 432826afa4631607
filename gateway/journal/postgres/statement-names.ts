/** Statements kept prepared by each connection, at most. */
const MAX_NAMES = 500
/** A statement with more comes in many lengths, each seldom used again. */
const MAX_PARAMETERS = 40

/**
 * Names of the statements that come back: the server then parses and plans them once a connection,
 * which is most of what a small one costs.
 */
export class StatementNames {
  readonly #names = new Map<string, string | undefined>()
  #given = 0

  /** @returns undefined for a statement seen for the first time, or not worth keeping */
  nameOf(sql: string, parameters: number): string | undefined {
    if (parameters > MAX_PARAMETERS) return undefined
    const name = this.#names.get(sql)
    if (name !== undefined || this.#given >= MAX_NAMES) return name
    if (this.#names.has(sql)) {
      this.#given += 1
      const given = `raccord_${this.#given}`
      this.#names.set(sql, given)
      return given
    }
    // Seen once: forgotten again before it fills the memory.
    if (this.#names.size >= 4 * MAX_NAMES) this.#forgetUnnamed()
    this.#names.set(sql, undefined)
    return undefined
  }

  #forgetUnnamed(): void {
    for (const [sql, name] of this.#names) if (name === undefined) this.#names.delete(sql)
  }
}
