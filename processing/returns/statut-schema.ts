import { FLUX_STATUS_CODES } from './flux-status-codes.ts'
import { INVOICE_STATUS_CODES } from './invoice-statuses.ts'

const values = (list: readonly string[]): string => list.map((value) => `=${value}`).join(' ')

/**
 * CPPStatut V1.19, no namespace (reference chorus-pro-edi §9.1, §10.3), in the notation of
 * formats/structure/schema.ts. Stricter than the operator's: codes have two digits, never one.
 */
export const STATUT_SCHEMA = `root CPPStatut
local * CPPStatut Enveloppe EnveloppeUnitaire Parametres ParametreIndiv Partenaires CPPFluxStatuts CPPFluxStatutUnitaire Details LigneErreurDetail CPPFactureStatuts CPPFactureStatutUnitaire Fournisseur Debiteur Producteur
local Endpoint Recepteur Emetteur
local string Valeurparametre Note Libelle Commentaire NatureErreur CodeErreur LibelleErreur DescriptionErreur RaisonSociale Nom NomService Identifiant IdFlux IdFacture IdMandatDP
local dateTime Horodatage
local date DateFacture
local ParameterCode Code
local EndpointId Id
local PartyType TypeIdentifiant
local Country CodePays
local ServiceCode CodeService
local ProducerId IdProducteur
local FluxStatus IdStatut
local Supplement ComplementStatut
local FluxData DonneesStatut
simple Count integer pattern=%5C%2B%3F%5Cd%2B
simple FourDigits string pattern=%5Cd%5Cd%5Cd%5Cd
simple ParameterCode string min=5 max=5
simple EndpointId string min=3 max=8
simple ProducerId string min=8 max=8
simple PartyType token =1 =2 =3 =4 =5 =6 =7
simple RecipientType token =1
simple Siret string min=14 max=14
simple Country string min=2 max=2
simple ServiceCode string max=100
simple Supplement string max=40
simple FluxStatus string ${values(FLUX_STATUS_CODES)}
simple InvoiceStatus string ${values(INVOICE_STATUS_CODES)}
type CPPStatut Enveloppe ( CPPFluxStatuts | CPPFactureStatuts ) @Version
type Enveloppe EnveloppeUnitaire+
type EnveloppeUnitaire Parametres Partenaires @NumOrdre:Count
type Parametres ParametreIndiv{2,}
type ParametreIndiv Code Valeurparametre Note? @NumOrdre:FourDigits
type Partenaires Recepteur Emetteur
type Endpoint Id Libelle? Note?
type CPPFluxStatuts CPPFluxStatutUnitaire+ @compteur:Count
type CPPFluxStatutUnitaire DonneesStatut @NumOrdre:Count
type FluxData IdStatut ComplementStatut? Commentaire? Note? Horodatage IdProducteur? Producteur=Nothing? IdFlux Details?
type Nothing
type Details LigneErreurDetail+ @NbLignesErreur!:Count
type LigneErreurDetail NatureErreur CodeErreur LibelleErreur DescriptionErreur? @IdLigne
type CPPFactureStatuts CPPFactureStatutUnitaire+ @compteur:Count
type CPPFactureStatutUnitaire Fournisseur Debiteur DonneesStatut=InvoiceData @NumOrdre:Count
type Fournisseur TypeIdentifiant Identifiant RaisonSociale CodePays?
type Debiteur TypeIdentifiant=RecipientType Identifiant=Siret Nom? CodeService? NomService?
type InvoiceData IdStatut=InvoiceStatus ComplementStatut=string? Commentaire? Horodatage Producteur? IdFacture DateFacture? IdMandatDP?
type Producteur @Id
`
