import { samplePdf } from '../sample-pdf.ts'

export interface CppSampleInvoice {
  /** At most 20 characters. */
  readonly number: string
  /** `YYYY-MM-DD`. */
  readonly issueDate: string
  /** 14 digits. */
  readonly supplierSiret: string
  readonly recipientSiret: string
  /** Default A1, a supplier's invoice. */
  readonly framework?: string
  /** CPP-MONTANTS: the total with VAT is one cent too much. */
  readonly hasWrongTotal?: boolean
}

/** One CPPFactureMixte V1.17 document of several invoices, valid for every rule unless asked. */
export function makeCppDocument(invoices: readonly CppSampleInvoice[]): string {
  const units = invoices.map(unit).join('')
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<CPPFactureMixte Version="V1_17">\n',
    '<Enveloppe><EnveloppeUnitaire NumOrdre="1"><Parametres>',
    '<ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code>',
    `<Valeurparametre>${invoices[0]?.issueDate ?? ''}</Valeurparametre></ParametreIndiv>`,
    '<ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code>',
    '<Valeurparametre>1</Valeurparametre></ParametreIndiv></Parametres>',
    '<Partenaires><Recepteur><Id>CPP</Id></Recepteur><Emetteur><Id>SIM</Id></Emetteur></Partenaires>',
    '</EnveloppeUnitaire></Enveloppe>\n',
    `<CPPFactures Compteur="${invoices.length}">\n${units}</CPPFactures>\n</CPPFactureMixte>\n`,
  ].join('')
}

function unit(invoice: CppSampleInvoice, index: number): string {
  const { number, issueDate, supplierSiret, recipientSiret } = invoice
  const { framework = 'A1', hasWrongTotal = false } = invoice
  const total = hasWrongTotal ? '120.01' : '120.00'
  return [
    `<CPPFactureMixteUnitaire NumOrdre="${index + 1}">\n`,
    `<Fournisseur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>${supplierSiret}</Identifiant>`,
    '<RaisonSociale>Fournisseur Exemple SAS</RaisonSociale><CodePays>FR</CodePays>',
    '<ReferenceBancaire Type="IBAN"><Compte>FR7630006000011234567890189</Compte></ReferenceBancaire>',
    '</Fournisseur>\n',
    `<Debiteur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>${recipientSiret}</Identifiant>`,
    '<Nom>Commune Exemple</Nom></Debiteur>\n',
    `<DonneesFacture><Id>${number}</Id><Type>380</Type><Cadre>${framework}</Cadre>`,
    `<DateEmissionFacture>${issueDate}</DateEmissionFacture>`,
    '<ModePaiement><Code>30</Code></ModePaiement><Devise>EUR</Devise>',
    `<Montants><MontantHT>100.00</MontantHT><MontantTTC>${total}</MontantTTC>`,
    `<MontantNetAPayer>${total}</MontantNetAPayer></Montants>`,
    '<TVAS><TVA><Taux>20</Taux><BaseHt>100.00</BaseHt><MontantTVA>20.00</MontantTVA></TVA></TVAS>',
    '<Engagement><NumeroEngagement>ENG-1</NumeroEngagement></Engagement>',
    '</DonneesFacture>\n',
    `<PJ NumOrdre="1"><Contenu>${samplePdf(`Facture ${number}`).toString('base64')}</Contenu><NomPJ>facture.pdf</NomPJ>`,
    '<TypePJ>01</TypePJ><MimeTypePJ>application/pdf</MimeTypePJ></PJ>\n',
    '</CPPFactureMixteUnitaire>\n',
  ].join('')
}
