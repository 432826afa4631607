/** The directory of public structures (gateway/directory). */
export interface DirectoryStructuresTable {
  /** 14 digits. */
  siret: string
  name: string
  is_active: 0 | 1
  /** The whole entry, as `DirectoryEntry`. */
  entry_json: string
  /** How it came in. */
  origin: 'default' | 'imported' | 'edited' | 'learned'
  /** Business time, milliseconds UTC. */
  updated_at: number
}

/** What left the directory, until it is there again. */
export interface DirectoryRemovalsTable {
  /** Unique with `service`. */
  siret: string
  /** Code of a service that its structure lost; empty = the structure itself. */
  service: string
  /** What it was: a `DirectoryService`, or the whole `DirectoryEntry`. */
  entry_json: string
  /** Business time, milliseconds UTC. */
  removed_at: number
}
