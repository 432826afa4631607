/**
 * CPPFactureMixte V1.17, the operator's own format without namespace (reference chorus-pro-edi §9.1,
 * §11), in the notation of formats/structure/schema.ts.
 */
export const CPP_SCHEMA = `root CPPFactureMixte
local * CPPFactureMixte Enveloppe EnveloppeUnitaire Parametres ParametreIndiv Partenaires CPPFactures CPPFactureMixteUnitaire Fournisseur Valideur Debiteur DonneesFacture PJ ReferenceBancaire ModePaiement Montants TVAS TVA Engagement Lignes Ligne
local Endpoint Recepteur Emetteur
local string Valeurparametre Note Libelle RaisonSociale Nom NomService Compte Etablissement RaisonSocialeEncaisseur MimeTypePJ ReferenceProduit Description SiteLivraison Identifiant
local decimal MontantHT MontantTTC MontantNetAPayer Taux BaseHt MontantTVA PrixUnitaire Quantite TauxTVA
local date DateEmissionFacture
local base64Binary Contenu
local ParameterCode Code
local EndpointId Id
local PartyType TypeIdentifiant
local Country CodePays
local ServiceCode CodeService CodeServiceMOE
local Number IdFactureOrigine
local DocumentType Type
local Framework Cadre
local Currency Devise
local Reference NumeroMarche NumeroEngagement
local AttachmentName NomPJ
local AttachmentType TypePJ
simple Count integer pattern=%5C%2B%3F%5Cd%2B
simple FourDigits integer pattern=%5Cd%5Cd%5Cd%5Cd
simple ParameterCode string min=5 max=5
simple EndpointId string min=3 max=8
simple PartyType token =1 =2 =3 =4 =5 =6
simple RecipientType token =1
simple Siret string min=14 max=14
simple Country string min=2 max=2
simple ServiceCode string max=100
simple Number string max=20
simple DocumentType string =380 =381
simple Framework string =A1 =A2 =A3 =A4 =A5 =A6 =A7 =A8 =A9 =A10 =A12 =A13 =A14 =A15 =A16 =A17 =A18 =A19 =A20 =A21 =A22 =A23 =A24 =A25
simple Currency string pattern=%5BA-Z%5D%5BA-Z%5D%5BA-Z%5D
simple PaymentCode token =01 =1 =10 =20 =30 =31 =42 =48 =49 =97
simple Reference string max=50
simple AttachmentName string max=50
simple AttachmentType string =01 =02
simple AccountKind string =IBAN =RIB
type CPPFactureMixte Enveloppe CPPFactures @Version
type Enveloppe EnveloppeUnitaire+
type EnveloppeUnitaire Parametres Partenaires @NumOrdre:Count
type Parametres ParametreIndiv{2,}
type ParametreIndiv Code Valeurparametre Note? @NumOrdre:FourDigits
type Partenaires Recepteur Emetteur
type Endpoint Id Libelle? Note?
type CPPFactures CPPFactureMixteUnitaire+ @Compteur:Count
type CPPFactureMixteUnitaire Fournisseur Valideur? Debiteur DonneesFacture PJ+ @NumOrdre:Count
type Fournisseur TypeIdentifiant Identifiant RaisonSociale CodePays? ReferenceBancaire?
type Valideur TypeIdentifiant Identifiant RaisonSociale CodePays CodeServiceMOE?
type Debiteur TypeIdentifiant=RecipientType? Identifiant=Siret Nom? CodeService? NomService?
type DonneesFacture Id=Number IdFactureOrigine? Type Cadre? DateEmissionFacture ModePaiement Devise? Montants TVAS? Engagement? Lignes?
type PJ Contenu NomPJ TypePJ MimeTypePJ @NumOrdre:Count
type ReferenceBancaire Compte? Etablissement? RaisonSocialeEncaisseur? @Type:AccountKind
type ModePaiement Code=PaymentCode
type Montants MontantHT MontantTTC MontantNetAPayer
type TVAS TVA*
type TVA Taux BaseHt MontantTVA
type Engagement NumeroMarche? NumeroEngagement?
type Lignes Ligne*
type Ligne ReferenceProduit? Description? SiteLivraison? PrixUnitaire Quantite MontantHT TauxTVA? @NumOrdre!:Count
`
