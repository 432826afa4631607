/**
 * CPPFacturePivot V2_01, the operator's format for public recipients, no namespace (reference
 * chorus-pro-edi §9.1, §11), in the notation of formats/structure/schema.ts.
 */
export const PIVOT_SCHEMA = `root CPPFacturePivot
local * CPPFacturePivot Enveloppe EnveloppeUnitaire Parametres ParametreIndiv Partenaires CPPFactures CPPFacturePivotUnitaire Fournisseur Debiteur DonneesFacture PJ ReferenceBancaire ModePaiement Montants TVAs TVA Engagement Lignes Ligne CycleDeValidation ValidationUnitaire ProducteurStatut
local Endpoint Recepteur Emetteur
local string Valeurparametre Note Libelle RaisonSociale Nom NomService Compte Etablissement RaisonSocialeEncaisseur MimeTypePJ ReferenceProduit Identifiant IdUnique IdOriginal Contenu ComplementStatut Commentaire
local decimal MontantHT MontantTTC MontantNetAPayer Taux BaseHt MontantTVA PrixUnitaire Quantite TauxTVA
local date DateEmissionFacture DateLivraison DateReception DateMiseADispositionMOE DateStatut
local integer IdCPRO
local Count CodeStatut
local ParameterCode Code
local EndpointId Id
local PartyType TypeIdentifiant
local Country CodePays
local Emission ModeEmission
local ServiceCode CodeService
local Again Renvoi
local Number IdFactureOrigine
local DocumentType Type
local Framework Cadre
local Currency Devise
local Reference NumeroMarche NumeroEngagement NomPJ NomPJOrigine CategoriePJ
local AttachmentType TypePJ
simple Count integer pattern=%5C%2B%3F%5Cd%2B
simple FourDigits string pattern=%5Cd%5Cd%5Cd%5Cd
simple ParameterCode string min=5 max=5
simple EndpointId string min=3 max=8
simple PartyType token =1 =2 =3 =4 =5 =6 =7
simple ProducerType token =1 =2 =3 =4 =5 =6
simple RecipientType token =1
simple Siret string min=14 max=14
simple Country string min=2 max=2
simple Emission string =flux =num%C3%A9risation =saisie =PDF
simple ServiceCode string max=100
simple Again string =Non =Compl%C3%A9t%C3%A9e =Recycl%C3%A9e
simple Number string max=20
simple DocumentType string =380 =381
simple Framework string =A1 =A2 =A3 =A4 =A5 =A6 =A7 =A8 =A9 =A10 =A12 =A13 =A14 =A15 =A16 =A17 =A18 =A19 =A20 =A21 =A22 =A23 =A24 =A25
simple Currency string pattern=%5BA-Z%5D%5BA-Z%5D%5BA-Z%5D
simple PaymentCode token =10 =20 =30 =31 =42 =48 =49 =97
simple Reference string max=50
simple AttachmentType string =01 =02
simple AccountKind string =IBAN =RIB
type CPPFacturePivot Enveloppe CPPFactures @Version
type Enveloppe EnveloppeUnitaire+
type EnveloppeUnitaire Parametres Partenaires @NumOrdre:Count
type Parametres ParametreIndiv{2,}
type ParametreIndiv Code Valeurparametre Note? @NumOrdre:FourDigits
type Partenaires Recepteur Emetteur
type Endpoint Id Libelle? Note?
type CPPFactures CPPFacturePivotUnitaire+ @Compteur:Count
type CPPFacturePivotUnitaire Fournisseur Debiteur DonneesFacture PJ+ CycleDeValidation? @NumOrdre:Count
type Fournisseur TypeIdentifiant Identifiant RaisonSociale CodePays ReferenceBancaire? ModeEmission
type ReferenceBancaire Compte? Etablissement? RaisonSocialeEncaisseur? @Type:AccountKind
type Debiteur TypeIdentifiant=RecipientType Identifiant=Siret Nom? CodeService? NomService?
type DonneesFacture Id=Number IdCPRO Renvoi IdFactureOrigine? Type Cadre DateEmissionFacture DateLivraison ModePaiement DateReception DateMiseADispositionMOE? Devise Montants TVAs? Engagement? Lignes?
type ModePaiement Code=PaymentCode Libelle?
type Montants MontantHT MontantTTC MontantNetAPayer
type TVAs TVA*
type TVA Taux BaseHt MontantTVA
type Engagement NumeroMarche? NumeroEngagement?
type Lignes Ligne*
type Ligne ReferenceProduit? PrixUnitaire Quantite MontantHT TauxTVA? @NumOrdre!:Count
type PJ IdUnique? IdOriginal? Contenu? NomPJ NomPJOrigine? CategoriePJ? TypePJ MimeTypePJ @NumOrdre:Count
type CycleDeValidation ValidationUnitaire+
type ValidationUnitaire DateStatut CodeStatut ComplementStatut? Commentaire? ProducteurStatut
type ProducteurStatut TypeIdentifiant=ProducerType Id=string RaisonSociale CodePays Note?
`
