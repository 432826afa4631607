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
