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
