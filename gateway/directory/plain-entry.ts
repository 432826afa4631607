import type { DirectoryEntry } from './directory.ts'

/** An active structure that asks for nothing. */
export const PLAIN_ENTRY: Omit<DirectoryEntry, 'siret' | 'name'> = {
  isActive: true,
  needsService: false,
  needsEngagement: false,
  needsServiceOrEngagement: false,
  tellsPayment: true,
  isContractingAuthority: false,
  isContractingAuthorityOnly: false,
  sendsEdi: false,
  receivesEdi: false,
  services: [],
}
