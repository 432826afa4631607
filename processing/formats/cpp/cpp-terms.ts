import type { BusinessGroupId, BusinessTermId } from '../business-terms.ts'

/**
 * Where business terms are in CPPFactureMixte, below `CPPFactureMixteUnitaire`: one of them is one
 * invoice. What is not here the format does not have.
 */
export const CPP_TERMS: Readonly<Partial<Record<BusinessTermId, readonly string[]>>> = {
  'BT-1': ['DonneesFacture/Id'],
  'BT-2': ['DonneesFacture/DateEmissionFacture'],
  'BT-3': ['DonneesFacture/Type'],
  'BT-5': ['DonneesFacture/Devise'],
  'BT-10': ['Debiteur/CodeService'],
  'BT-12': ['DonneesFacture/Engagement/NumeroMarche'],
  'BT-13': ['DonneesFacture/Engagement/NumeroEngagement'],
  'BT-23': ['DonneesFacture/Cadre'],
  'BT-25': ['.'],
  'BT-27': ['Fournisseur/RaisonSociale'],
  'BT-29': ['Fournisseur/Identifiant'],
  'BT-40': ['Fournisseur/CodePays'],
  'BT-44': ['Debiteur/Nom'],
  'BT-46': ['Debiteur/Identifiant'],
  'BT-81': ['DonneesFacture/ModePaiement/Code'],
  'BT-84': ['Fournisseur/ReferenceBancaire/Compte'],
  'BT-109': ['DonneesFacture/Montants/MontantHT'],
  'BT-112': ['DonneesFacture/Montants/MontantTTC'],
  'BT-115': ['DonneesFacture/Montants/MontantNetAPayer'],
  'BT-116': ['BaseHt'],
  'BT-117': ['MontantTVA'],
  'BT-119': ['Taux'],
  'BT-125': ['Contenu'],
  'BT-129': ['Quantite'],
  'BT-131': ['MontantHT'],
  'BT-146': ['PrixUnitaire'],
  'BT-152': ['TauxTVA'],
  'BT-154': ['Description'],
}

export const CPP_GROUPS: Readonly<Partial<Record<BusinessGroupId, readonly string[]>>> = {
  'BG-3': ['DonneesFacture/IdFactureOrigine'],
  'BG-4': ['Fournisseur'],
  'BG-7': ['Debiteur'],
  // The account stands with the supplier, the means with the invoice: the group is the invoice.
  'BG-16': ['.'],
  'BG-22': ['DonneesFacture/Montants'],
  'BG-23': ['DonneesFacture/TVAS/TVA'],
  'BG-24': ['PJ'],
  'BG-25': ['DonneesFacture/Lignes/Ligne'],
}
