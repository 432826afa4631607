import { FICTIONAL_SIREN } from '../siret.ts'
import { PLAIN_ENTRY } from './plain-entry.ts'
import type { DirectoryEntry, DirectoryService } from './directory.ts'

const service = (
  code: string,
  name: string,
  more: Partial<DirectoryService> = {},
): DirectoryService => ({ code, name, isActive: true, needsEngagement: false, ...more })

const structure = (
  number: string,
  name: string,
  more: Partial<DirectoryEntry> = {},
): DirectoryEntry => ({
  siret: `${FICTIONAL_SIREN}${number}`,
  name,
  ...PLAIN_ENTRY,
  ...more,
})

/**
 * The directory of a fresh gateway in qualification [simulated]: the structures of the platform's own
 * samples, which ask for nothing, and one structure for each thing a directory can ask for.
 */
export const DEFAULT_DIRECTORY: readonly DirectoryEntry[] = [
  structure('05719', 'Fournisseur Exemple SAS'),
  structure('05734', 'Commune Exemple'),
  structure('00727', 'Département Exemple'),
  structure('10017', 'Région Exemple (service exigé)', {
    needsService: true,
    services: [
      service('SERVICE-1', 'Service facturier'),
      service('VOIRIE', 'Direction de la voirie'),
      service('ANCIEN', 'Service supprimé', { isActive: false }),
    ],
  }),
  structure('10025', 'Université Exemple (engagement exigé)', { needsEngagement: true }),
  structure('10033', 'Hôpital Exemple (service ou engagement exigé)', {
    needsServiceOrEngagement: true,
    services: [service('PHARMACIE', 'Pharmacie centrale')],
  }),
  structure('10041', 'Ministère Exemple (engagement exigé par un service)', {
    needsService: true,
    services: [
      service('SANS-EJ', 'Service sans engagement'),
      service('AVEC-EJ', 'Service à engagement', { needsEngagement: true }),
    ],
  }),
  structure('10058', 'Syndicat Exemple (structure inactive)', { isActive: false }),
  structure('10066', 'Aménageur Exemple (maître d’ouvrage uniquement)', {
    isContractingAuthority: true,
    isContractingAuthorityOnly: true,
  }),
  structure('10074', 'Agglomération Exemple (raccordée en EDI)', {
    isContractingAuthority: true,
    sendsEdi: true,
    receivesEdi: true,
  }),
]
