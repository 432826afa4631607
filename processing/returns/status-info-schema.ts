import { STATUS_INFO_CODES } from './status-info-codes.ts'

const values = (list: readonly string[]): string =>
  list.map((value) => `=${encodeURIComponent(value)}`).join(' ')

/** Of `Document/ID` (reference §10.4). */
const ID_TYPES = ['NUMERO DE DOCUMENT', 'NUMERO DE DP', 'ANCIEN NUMERO DE DP']
/** Of `AdditionalInfo/Index`. */
const INDEX_NAMES = [
  'MONTANT TOTAL NET HT',
  'MONTANT TOTAL TTC',
  'ENGAGEMENT JURIDIQUE',
  'SERVICE EXECUTANT',
  'LIBELLE DU SERVICE EXECUTANT',
  'SIREN DU DESTINATAIRE',
  'NOM DU DESTINATAIRE',
  'NUMERO DE LOT',
  'DATE DE RECEPTION',
  'PROTOCOLE',
  'ORIGINATOR',
  'NUM FACTURE REF',
  'SANDBOX',
]

/**
 * AIFE_StatusInfo v0.12, no namespace (reference chorus-pro-edi §10.4), in the notation of
 * formats/structure/schema.ts.
 */
export const STATUS_INFO_SCHEMA = `root AIFE_StatusInfo
local * AIFE_StatusInfo DocumentStatus Document ID TypeOfDocument Period Sender AdditionalInfo Index Status
local string UUID VAT_ID SIRET Name
local Partnership PartnershipType
local Origin FileOrigin
local date Date Period_Start Period_End
local boolean CreditNoteRequired
simple Version string =0.7 =0.8
simple Partnership string =INCONNU =EDI =PDF_SIGNE =NUMERISATION_PAPIER
simple Origin string max=25
simple IdType string ${values(ID_TYPES)}
simple IndexName string ${values(INDEX_NAMES)}
simple StatusCode string ${values(STATUS_INFO_CODES)}
type AIFE_StatusInfo DocumentStatus+ @version!:Version @timestamp!:dateTime @sequence:integer
type DocumentStatus Document Status
type Document ID+ UUID? TypeOfDocument PartnershipType FileOrigin Date Period? Sender AdditionalInfo CreditNoteRequired?
value ID string @Type!:IdType
value TypeOfDocument string @Code:integer
type Period Period_Start Period_End
type Sender VAT_ID SIRET Name
type AdditionalInfo Index+
value Index string @Name!:IndexName
value Status string @Code!:StatusCode @Date!:dateTime @Note
`
