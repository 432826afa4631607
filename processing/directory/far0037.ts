import type { DirectoryEntry, DirectoryService } from '../../gateway/directory/directory.ts'
import { escapeXml } from '../returns/xml-text.ts'
import { NONE, type NodeId, type XmlDocument } from '../formats/xml/xml-document.ts'
import { nameId } from '../formats/xml/xml-names.ts'
import { XmlReader } from '../formats/xml/xml-reader.ts'

/**
 * The directory as the platform publishes it: `CPPStructuresPartenaires`, CPP_FAR00037 V0.6.1, no
 * namespace (reference chorus-pro-edi §12).
 */
const ROOT = nameId('CPPStructuresPartenaires')
const STRUCTURE = nameId('CPPStructurePartenaireUnitaire')
const SERVICES = nameId('Services')
const SERVICE = nameId('Service')
const IDS = new Map(
  (
    'Identifiant RaisonSociale Code Nom GestionEGMT ServiceActif EmetteurEdi RecepteurEdi ' +
    'GestionStatutMiseEnPaiement GestionEngagement GestionService GestionServiceEngagement EstMOA ' +
    'EstMOAUniquement StructureActive'
  )
    .split(' ')
    .map((name) => [name, nameId(name)]),
)

/** Why a file is no directory; with the line when that is known. */
export class DirectoryFileFault extends Error {}

/**
 * The structures of a directory file; one without a SIRET of 14 digits is refused with its line.
 * @throws DirectoryFileFault
 */
export function readDirectoryXml(bytes: Uint8Array): DirectoryEntry[] {
  const reader = new XmlReader()
  const { fault } = reader.read(bytes)
  if (fault !== undefined) {
    throw new DirectoryFileFault(`line ${fault.line ?? 1}: ${fault.detail.en}`)
  }
  const { document } = reader
  if (document.name(0) !== ROOT) {
    throw new DirectoryFileFault('the root element is not CPPStructuresPartenaires')
  }
  const entries: DirectoryEntry[] = []
  for (let node = document.child(0, STRUCTURE); node !== NONE; node = document.next(node)) {
    entries.push(entryOf(document, node))
  }
  return entries
}

function entryOf(document: XmlDocument, node: NodeId): DirectoryEntry {
  const text = (name: string): string => textOf(document, node, name)
  const flag = (name: string): boolean => isTrue(text(name))
  const siret = text('Identifiant')
  if (!/^\d{14}$/.test(siret)) {
    throw new DirectoryFileFault(`line ${document.place(node).line}: a structure without a SIRET`)
  }
  return {
    siret,
    name: text('RaisonSociale').slice(0, 80) || siret,
    isActive: flag('StructureActive'),
    needsService: flag('GestionService'),
    needsEngagement: flag('GestionEngagement'),
    needsServiceOrEngagement: flag('GestionServiceEngagement'),
    tellsPayment: flag('GestionStatutMiseEnPaiement'),
    isContractingAuthority: flag('EstMOA'),
    isContractingAuthorityOnly: flag('EstMOAUniquement'),
    sendsEdi: flag('EmetteurEdi'),
    receivesEdi: flag('RecepteurEdi'),
    services: servicesOf(document, document.child(node, SERVICES)),
  }
}

function servicesOf(document: XmlDocument, services: NodeId): DirectoryService[] {
  const found: DirectoryService[] = []
  if (services === NONE) return found
  for (let node = document.child(services, SERVICE); node !== NONE; node = document.next(node)) {
    found.push({
      code: textOf(document, node, 'Code').slice(0, 100),
      name: textOf(document, node, 'Nom').slice(0, 100) || null,
      isActive: isTrue(textOf(document, node, 'ServiceActif')),
      needsEngagement: isTrue(textOf(document, node, 'GestionEGMT')),
    })
  }
  return found.filter(({ code }) => code !== '')
}

const textOf = (document: XmlDocument, node: NodeId, name: string): string =>
  document.trimmed(document.child(node, IDS.get(name)!))

/** xs:boolean. */
const isTrue = (text: string): boolean => text === 'true' || text === '1'

/** The same structures as a directory file, in the order of the schema. */
export function* writeDirectoryXml(entries: Iterable<DirectoryEntry>): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<CPPStructuresPartenaires Version="V0_6_1">\n'
  for (const entry of entries) yield structureXml(entry)
  yield '</CPPStructuresPartenaires>\n'
}

function structureXml(entry: DirectoryEntry): string {
  const services = entry.services.map(serviceXml).join('')
  return [
    '<CPPStructurePartenaireUnitaire>',
    element('TypeIdentifiant', '1'),
    element('Identifiant', entry.siret),
    element('RaisonSociale', entry.name),
    services === '' ? '' : `<Services>${services}</Services>`,
    element('EmetteurEdi', entry.sendsEdi),
    element('RecepteurEdi', entry.receivesEdi),
    element('GestionStatutMiseEnPaiement', entry.tellsPayment),
    element('GestionEngagement', entry.needsEngagement),
    element('GestionService', entry.needsService),
    element('GestionServiceEngagement', entry.needsServiceOrEngagement),
    element('EstMOA', entry.isContractingAuthority),
    element('EstMOAUniquement', entry.isContractingAuthorityOnly),
    element('StructureActive', entry.isActive),
    '</CPPStructurePartenaireUnitaire>\n',
  ].join('')
}

function serviceXml({ code, name, isActive, needsEngagement }: DirectoryService): string {
  return [
    '<Service>',
    element('Code', code),
    name === null ? '' : element('Nom', name),
    element('GestionEGMT', needsEngagement),
    element('ServiceActif', isActive),
    '</Service>',
  ].join('')
}

const element = (name: string, value: string | boolean): string =>
  `<${name}>${escapeXml(String(value))}</${name}>`
