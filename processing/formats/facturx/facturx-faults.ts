import type { BilingualText } from '../../../gateway/flow.ts'

/** What can be wrong with a Factur-X file, before its XML is looked at. */
export interface FacturXText {
  readonly message: BilingualText
  readonly remedy: BilingualText
}

const fault = (en: string, fr: string, remedyEn: string, remedyFr: string): FacturXText => ({
  message: { en, fr },
  remedy: { en: remedyEn, fr: remedyFr },
})

/** These refuse the file: rule ids of ours. */
export const FACTURX_FAULTS = {
  'PDF-DAMAGED': fault(
    'The PDF cannot be read: it is cut or damaged.',
    'Le PDF est illisible : il est tronqué ou endommagé.',
    'Write the PDF again; transfer it in binary mode.',
    'Régénérez le PDF ; transférez-le en mode binaire.',
  ),
  'PDF-ENCRYPTED': fault(
    'The PDF is encrypted, which PDF/A-3 forbids.',
    'Le PDF est chiffré, ce que PDF/A-3 interdit.',
    'Write it without a password and without restrictions.',
    'Produisez-le sans mot de passe ni restriction.',
  ),
  'PDF-ACTION': fault(
    'The PDF holds JavaScript, or an action that launches a program.',
    'Le PDF contient du JavaScript, ou une action qui lance un programme.',
    'Write a PDF/A-3, which has no such actions.',
    'Produisez un PDF/A-3, qui n’a pas de telles actions.',
  ),
  'PDF-NO-INVOICE': fault(
    'No factur-x.xml is embedded in the PDF.',
    'Aucun factur-x.xml n’est incorporé au PDF.',
    'Embed the CII invoice under the name factur-x.xml, as an associated file.',
    'Incorporez la facture CII sous le nom factur-x.xml, en fichier associé.',
  ),
  'PDF-AMBIGUOUS': fault(
    'Several files of the PDF are called like the invoice: which one counts cannot be known.',
    'Plusieurs fichiers du PDF portent le nom de la facture : on ne peut savoir lequel compte.',
    'Embed one invoice only.',
    'N’incorporez qu’une facture.',
  ),
  'PDF-TOO-LARGE': fault(
    'The PDF is too large to be read: a stream of more than 50 MiB once inflated, or too many objects.',
    'Le PDF est trop volumineux pour être lu : un flux de plus de 50 Mio décompressé, ou trop d’objets.',
    'Embed an XML invoice of reasonable size, in a PDF of reasonable structure.',
    'Incorporez une facture XML de taille raisonnable, dans un PDF de structure raisonnable.',
  ),
} as const satisfies Record<`PDF-${string}`, FacturXText>

/** These only warn, unless `invoices.strictFacturX` is on. */
export const FACTURX_WARNINGS = {
  'PDF-AF': fault(
    'The invoice is not among the associated files of the PDF (/AF).',
    'La facture n’est pas parmi les fichiers associés du PDF (/AF).',
    'List it in /AF of the catalog, with an AFRelationship.',
    'Listez-la dans /AF du catalogue, avec un AFRelationship.',
  ),
  'PDF-NAMES': fault(
    'The invoice is not in the tree of embedded files (/Names /EmbeddedFiles).',
    'La facture n’est pas dans l’arbre des fichiers incorporés (/Names /EmbeddedFiles).',
    'List it there too: many readers look nowhere else.',
    'Listez-la aussi à cet endroit : beaucoup de lecteurs ne cherchent que là.',
  ),
  'PDF-RELATIONSHIP': fault(
    'The relationship of the invoice to the PDF is none of Alternative, Data, Source.',
    'La relation de la facture au PDF n’est pas Alternative, Data ou Source.',
    'Give AFRelationship /Alternative (/Data for MINIMUM and BASIC WL).',
    'Indiquez AFRelationship /Alternative (/Data pour MINIMUM et BASIC WL).',
  ),
  'PDF-XMP': fault(
    'The metadata (XMP) do not say that this is a Factur-X file.',
    'Les métadonnées (XMP) ne disent pas qu’il s’agit d’un Factur-X.',
    'Add the properties DocumentType, DocumentFileName, Version and ConformanceLevel.',
    'Ajoutez les propriétés DocumentType, DocumentFileName, Version et ConformanceLevel.',
  ),
  'PDF-XMP-FILE': fault(
    'The metadata name another file than the one that is embedded.',
    'Les métadonnées nomment un autre fichier que celui qui est incorporé.',
    'Give the same name in DocumentFileName and in the PDF.',
    'Donnez le même nom dans DocumentFileName et dans le PDF.',
  ),
  'PDF-XMP-LEVEL': fault(
    'The metadata give another profile than the invoice (BT-24).',
    'Les métadonnées donnent un autre profil que la facture (BT-24).',
    'Give the same profile in ConformanceLevel and in BT-24.',
    'Donnez le même profil dans ConformanceLevel et dans BT-24.',
  ),
  'PDF-A': fault(
    'The metadata do not declare PDF/A-3.',
    'Les métadonnées ne déclarent pas PDF/A-3.',
    'Write a PDF/A-3 (pdfaid:part 3, conformance A, B or U).',
    'Produisez un PDF/A-3 (pdfaid:part 3, conformance A, B ou U).',
  ),
  'PDF-PROFILE': fault(
    'The specification identifier (BT-24) is that of no Factur-X profile.',
    'L’identifiant de spécification (BT-24) n’est celui d’aucun profil Factur-X.',
    'Give the identifier of the profile, urn:cen.eu:en16931:2017 for instance.',
    'Indiquez l’identifiant du profil, urn:cen.eu:en16931:2017 par exemple.',
  ),
} as const satisfies Record<`PDF-${string}`, FacturXText>

export type FacturXFaultId = keyof typeof FACTURX_FAULTS
export type FacturXWarningId = keyof typeof FACTURX_WARNINGS
