import type { MotiveRow } from './motives.ts'

/** Motives that refuse one invoice: its syntax, its attachments, the functional rules by family. */
export const INVOICE_MOTIVES = {
  ERR_XSD_001: {
    ppfCode: 'IRR_SYNTAX',
    nature: 'ERR_XSD',
    message: {
      en: 'The file does not follow the syntax of its format.',
      fr: 'Le fichier ne respecte pas la syntaxe de son format.',
    },
    remedy: {
      en: 'Check the file against the schema of its format before sending it.',
      fr: 'Validez le fichier avec le schéma de son format avant l’envoi.',
    },
    platformText: 'Irrecevable : fichier non conforme au schéma{position}.',
    fidelity: 'seen',
  },
  ERR_PJ_001: {
    ppfCode: 'IRR_TAILLE_PJ',
    nature: 'ERR_PJ',
    message: {
      en: 'An attachment is larger than allowed.',
      fr: 'Une pièce jointe dépasse la taille autorisée.',
    },
    remedy: {
      en: 'Keep each attachment strictly under 10 MiB.',
      fr: 'Limitez chaque pièce jointe à moins de 10 Mio.',
    },
    platformText: 'Irrecevable : taille de pièce jointe supérieure au maximum autorisé.',
    fidelity: 'simulated',
  },
  ERR_PJ_002: {
    ppfCode: 'IRR_NOM_PJ',
    nature: 'ERR_PJ',
    message: {
      en: 'The name of an attachment is not accepted.',
      fr: 'Le nom d’une pièce jointe n’est pas accepté.',
    },
    remedy: {
      en: 'Give a name of at most 50 characters, extension included.',
      fr: 'Donnez un nom de 50 caractères au plus, extension comprise.',
    },
    platformText: 'Irrecevable : nom de pièce jointe non conforme.',
    fidelity: 'simulated',
  },
  ERR_PJ_003: {
    ppfCode: 'IRR_VID_PJ',
    nature: 'ERR_PJ',
    message: { en: 'An attachment is empty.', fr: 'Une pièce jointe est vide.' },
    remedy: {
      en: 'Leave the attachment out, or embed its content.',
      fr: 'Retirez la pièce jointe, ou incorporez son contenu.',
    },
    platformText: 'Irrecevable : pièce jointe vide.',
    fidelity: 'simulated',
  },
  ERR_PJ_004: {
    ppfCode: 'IRR_EXT_DOC',
    nature: 'ERR_PJ',
    message: {
      en: 'The type of an attachment is not accepted.',
      fr: 'Le type d’une pièce jointe n’est pas accepté.',
    },
    remedy: {
      en: 'Use one of the accepted extensions, PDF for instance.',
      fr: 'Utilisez une des extensions acceptées, PDF par exemple.',
    },
    platformText: 'Irrecevable : extension de pièce jointe non autorisée.',
    fidelity: 'simulated',
  },
  ERR_FCT_001: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'A mandatory element is missing.',
      fr: 'Un élément obligatoire est absent.',
    },
    remedy: { en: 'Add the element.', fr: 'Ajoutez l’élément.' },
    platformText: 'L’élément {place} est obligatoire.',
    fidelity: 'simulated',
  },
  ERR_FCT_002: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The engagement number is mandatory for this recipient.',
      fr: 'Le numéro d’engagement est obligatoire pour ce destinataire.',
    },
    remedy: {
      en: 'Give the engagement number in BT-13.',
      fr: 'Renseignez le numéro d’engagement (BT-13).',
    },
    platformText: 'Numéro d’engagement obligatoire pour ce destinataire ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_003: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The service code is mandatory for this recipient.',
      fr: 'Le code service est obligatoire pour ce destinataire.',
    },
    remedy: {
      en: 'Give the service code in BT-10.',
      fr: 'Renseignez le code service (BT-10).',
    },
    platformText: 'Code service obligatoire pour ce destinataire ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_004: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The identifier of the supplier is not accepted.',
      fr: 'L’identifiant du fournisseur n’est pas accepté.',
    },
    remedy: {
      en: 'Give the SIRET of the supplier under scheme 0009, or its identifier of another accepted kind.',
      fr: 'Donnez le SIRET du fournisseur avec le schéma 0009, ou son identifiant d’un autre type accepté.',
    },
    platformText: 'L’identifiant du fournisseur n’est pas référencé ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_005: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'An element is mandatory because another one is present.',
      fr: 'Un élément est obligatoire car un autre est présent.',
    },
    remedy: { en: 'Add the missing element.', fr: 'Ajoutez l’élément manquant.' },
    platformText: 'L’élément {place} est incomplet : un élément lié est obligatoire.',
    fidelity: 'simulated',
  },
  ERR_FCT_006: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The billing framework is not allowed.',
      fr: 'Le cadre de facturation n’est pas autorisé.',
    },
    remedy: {
      en: 'Give one of the frameworks of the interface code in BT-23, A1 for a supplier’s invoice.',
      fr: 'Renseignez en BT-23 un des cadres du code interface, A1 pour une facture fournisseur.',
    },
    platformText: 'Valeur de cadre de facturation non autorisée ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_007: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The recipient is unknown, inactive, or cannot receive.',
      fr: 'Le destinataire est inconnu, inactif ou ne peut pas recevoir.',
    },
    remedy: {
      en: 'Give the SIRET of an active public structure under scheme 0009.',
      fr: 'Donnez le SIRET d’une structure publique active avec le schéma 0009.',
    },
    platformText: 'Destinataire inconnu ou inactif ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_008: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The amounts do not agree with one another.',
      fr: 'Les montants ne concordent pas entre eux.',
    },
    remedy: { en: 'Correct the amounts.', fr: 'Corrigez les montants.' },
    platformText: 'Incohérence de montants ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_009: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'This supplier already has an invoice with this number.',
      fr: 'Une facture de ce fournisseur porte déjà ce numéro.',
    },
    remedy: {
      en: 'Give the invoice a new number; one that was refused may be sent again under its own.',
      fr: 'Donnez un nouveau numéro à la facture ; une facture refusée peut être renvoyée sous le sien.',
    },
    platformText: 'Doublon : numéro de facture déjà présent pour ce fournisseur.',
    fidelity: 'simulated',
  },
  ERR_FCT_010: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'The type or extension of an attachment is unknown.',
      fr: 'Le type ou l’extension d’une pièce jointe est inconnu.',
    },
    remedy: {
      en: 'Use one of the accepted extensions, PDF for instance.',
      fr: 'Utilisez une des extensions acceptées, PDF par exemple.',
    },
    platformText: 'Type ou extension de pièce jointe inconnu ({place}).',
    fidelity: 'simulated',
  },
  ERR_FCT_011: {
    ppfCode: null,
    nature: 'ERR_FCT',
    message: {
      en: 'A value is not one that the rule allows.',
      fr: 'Une valeur ne fait pas partie de celles que la règle permet.',
    },
    remedy: { en: 'Correct the value.', fr: 'Corrigez la valeur.' },
    platformText: 'Valeur non autorisée ({place}).',
    fidelity: 'simulated',
  },
} as const satisfies Record<string, MotiveRow>
