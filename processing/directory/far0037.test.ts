import { describe, expect, test } from 'vitest'
import type { DirectoryEntry } from '../../gateway/directory/directory.ts'
import { DirectoryFileFault, readDirectoryXml, writeDirectoryXml } from './far0037.ts'

const STRUCTURE: DirectoryEntry = {
  siret: '00000000010041',
  name: 'Ministère Exemple',
  isActive: true,
  needsService: true,
  needsEngagement: false,
  needsServiceOrEngagement: false,
  tellsPayment: true,
  isContractingAuthority: true,
  isContractingAuthorityOnly: false,
  sendsEdi: false,
  receivesEdi: true,
  services: [
    { code: 'SANS-EJ', name: 'Sans engagement', isActive: true, needsEngagement: false },
    { code: 'AVEC-EJ', name: null, isActive: false, needsEngagement: true },
  ],
}
const STRUCTURES = [STRUCTURE, { ...STRUCTURE, siret: '00000000010058', services: [] }]

describe('a directory file', () => {
  test('holds what the directory holds, whichever way', () => {
    const xml = [...writeDirectoryXml(STRUCTURES)].join('')
    expect(readDirectoryXml(Buffer.from(xml))).toEqual(STRUCTURES)
  })

  test('escapes what a name may hold', () => {
    const entry = { ...STRUCTURE, name: 'A & B <C>' }
    const xml = [...writeDirectoryXml([entry])].join('')
    expect(xml).toContain('<RaisonSociale>A &amp; B &lt;C&gt;</RaisonSociale>')
    expect(readDirectoryXml(Buffer.from(xml))).toEqual([entry])
  })

  test.each([
    ['no XML', 'SIRET;NOM'],
    ['another document', '<CPPStatut/>'],
    ['a DOCTYPE', '<!DOCTYPE a><CPPStructuresPartenaires/>'],
    [
      'a structure without a SIRET',
      '<CPPStructuresPartenaires><CPPStructurePartenaireUnitaire/></CPPStructuresPartenaires>',
    ],
  ])('that is %s is refused', (_what, content) => {
    expect(() => readDirectoryXml(Buffer.from(content))).toThrow(DirectoryFileFault)
  })
})
