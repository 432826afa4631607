import type { Page } from '../accounts/accounts.ts'

/**
 * The directory of public structures (*annuaire*): what a recipient asks of its invoices. Reference
 * chorus-pro-edi §12 (CPP_FAR00037).
 */
export interface DirectoryEntry {
  /** 14 digits. */
  readonly siret: string
  /** At most 80 characters. */
  readonly name: string
  /** `StructureActive`. */
  readonly isActive: boolean
  /** `GestionService`: every invoice names a service. */
  readonly needsService: boolean
  /** `GestionEngagement`: every invoice gives an engagement number. */
  readonly needsEngagement: boolean
  /** `GestionServiceEngagement`: one of the two at least. */
  readonly needsServiceOrEngagement: boolean
  /** `GestionStatutMiseEnPaiement`: the structure tells when it pays. */
  readonly tellsPayment: boolean
  /** `EstMOA`. */
  readonly isContractingAuthority: boolean
  /** `EstMOAUniquement`: takes works documents only. */
  readonly isContractingAuthorityOnly: boolean
  /** `EmetteurEdi`, `RecepteurEdi`. */
  readonly sendsEdi: boolean
  readonly receivesEdi: boolean
  readonly services: readonly DirectoryService[]
}

export interface DirectoryService {
  /** At most 100 characters. */
  readonly code: string
  readonly name: string | null
  /** `ServiceActif`. */
  readonly isActive: boolean
  /** `GestionEGMT`: invoices to this service give an engagement number. */
  readonly needsEngagement: boolean
}

/** Looks structures up by SIRET; those that are not known have no entry in the answer. */
export interface Directory {
  find(sirets: readonly string[]): Promise<ReadonlyMap<string, DirectoryEntry>>
  /** Takes structures in that invoices named (`directory.unknown: learn`); those known stay. */
  learn(structures: readonly { readonly siret: string; readonly name: string }[]): Promise<void>
}

/** How an entry came in, and when. */
export interface DirectoryDocument extends DirectoryEntry {
  readonly origin: 'default' | 'imported' | 'edited' | 'learned'
  /** ISO 8601. */
  readonly updatedAt: string
}

/** The directory as its editors see it. */
export interface EditableDirectory extends Directory {
  /** By SIRET; `text`: the beginning of a SIRET, or part of a name. */
  list(criteria: {
    readonly text?: string
    readonly isActive?: boolean
    readonly after?: string
    readonly limit: number
  }): Promise<Page<DirectoryDocument>>
  show(siret: string): Promise<DirectoryDocument | undefined>
  /** Adds structures, or puts them in the place of those with their SIRET. */
  put(entries: readonly DirectoryEntry[], origin: DirectoryDocument['origin']): Promise<void>
  /** @returns false when there was none */
  remove(siret: string): Promise<boolean>
}
