/**
 * CPPStructuresPartenaires, CPP_FAR00037 V0.6.1, no namespace (reference chorus-pro-edi §12), in the
 * notation of formats/structure/schema.ts.
 */
export const DIRECTORY_SCHEMA = `root CPPStructuresPartenaires
local * CPPStructuresPartenaires CPPStructurePartenaireUnitaire Services Service AdressePostale Pays
local string NumTelephone Courriel
local boolean EmetteurEdi RecepteurEdi GestionStatutMiseEnPaiement GestionEngagement GestionService GestionServiceEngagement EstMOA EstMOAUniquement StructureActive GestionEGMT ServiceActif
local IdType TypeIdentifiant
local Siret Identifiant
local Eighty RaisonSociale
local Hundred Code Nom Adresse ComplementAdresse1 ComplementAdresse2 Ville Libelle
local PostCode CodePostal
simple IdType token =1
simple Siret string min=14 max=14
simple Eighty string max=80
simple Hundred string max=100
simple PostCode string max=5
simple CountryCode string max=2
type CPPStructuresPartenaires CPPStructurePartenaireUnitaire* @Version
type CPPStructurePartenaireUnitaire TypeIdentifiant Identifiant RaisonSociale AdressePostale? Services? EmetteurEdi? RecepteurEdi? GestionStatutMiseEnPaiement GestionEngagement GestionService GestionServiceEngagement EstMOA EstMOAUniquement? StructureActive
type Services Service+
type Service Code Nom? AdressePostale? GestionEGMT ServiceActif
type AdressePostale Adresse ComplementAdresse1? ComplementAdresse2? CodePostal Ville Pays? NumTelephone? Courriel?
type Pays Code=CountryCode Libelle
`
