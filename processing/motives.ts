import type { BilingualText, Fidelity, Finding, Severity } from '../gateway/flow.ts'

/**
 * Why a flow or one of its files is not receivable (*motif d’irrecevabilité*), and the report code
 * of each family of functional refusals: reference chorus-pro-edi §8.4. The PPF codes are
 * documented; our natures and codes stand in for those of an appendix that is not public.
 */
export interface MotiveRow {
  /** Code of the neighbouring public platform for the same control; null where it has none. */
  readonly ppfCode: string | null
  readonly nature: string
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** Own short wording, in the manner of the real reports. `{place}` = dotted element path. */
  readonly platformText: string
  readonly fidelity: Fidelity
}

export const MOTIVES = {
  ERR_ENV_001: {
    ppfCode: 'IRR_FORM',
    nature: 'ERR_ENV',
    message: {
      en: 'The name of the flow breaks the naming rule.',
      fr: 'Le nom du flux ne respecte pas la règle de nommage.',
    },
    remedy: {
      en: 'Name it <interface code>_<application code>_<25-character identifier>.tar.gz or .xml.',
      fr: 'Nommez-le <code interface>_<code application>_<identifiant de 25 caractères>.tar.gz ou .xml.',
    },
    platformText: 'Irrecevable : nom de flux non conforme.',
    fidelity: 'simulated',
  },
  ERR_ENV_002: {
    ppfCode: 'IRR_CODE_INTER',
    nature: 'ERR_ENV',
    message: {
      en: 'The interface code of the flow is unknown.',
      fr: 'Le code interface du flux est inconnu.',
    },
    remedy: {
      en: 'Use a code of the catalogue that your connection subscribes to.',
      fr: 'Utilisez un code du catalogue souscrit par votre raccordement.',
    },
    platformText: 'Irrecevable : code interface inconnu.',
    fidelity: 'simulated',
  },
  ERR_ENV_003: {
    ppfCode: 'IRR_CODE_APP',
    nature: 'ERR_ENV',
    message: {
      en: 'No connection exists for this application code.',
      fr: 'Aucun raccordement n’existe pour ce code application.',
    },
    remedy: {
      en: 'Check the application code, and that the connection is activated.',
      fr: 'Vérifiez le code application et que le raccordement est activé.',
    },
    platformText: 'Irrecevable : code application inconnu.',
    fidelity: 'simulated',
  },
  ERR_ENV_004: {
    ppfCode: null,
    nature: 'ERR_ENV',
    message: {
      en: 'The connection does not subscribe to this interface code.',
      fr: 'Le raccordement n’est pas abonné à ce code interface.',
    },
    remedy: {
      en: 'Add the code to the connection form with mode Complete or Partial.',
      fr: 'Ajoutez le code au formulaire de raccordement, en mode Complet ou Partiel.',
    },
    platformText: 'Irrecevable : code interface non souscrit.',
    fidelity: 'simulated',
  },
  ERR_ENV_005: {
    ppfCode: null,
    nature: 'ERR_ENV',
    message: {
      en: 'The flow came by another protocol than the one of the connection.',
      fr: 'Le flux est arrivé par un autre protocole que celui du raccordement.',
    },
    remedy: {
      en: 'Send it by the protocol of the connection form.',
      fr: 'Envoyez-le par le protocole du formulaire de raccordement.',
    },
    platformText: 'Irrecevable : protocole non conforme au raccordement.',
    fidelity: 'simulated',
  },
  ERR_ENV_006: {
    ppfCode: 'IRR_UNCITE',
    nature: 'ERR_ENV',
    message: {
      en: 'A flow with this identifier was already received.',
      fr: 'Un flux portant cet identifiant a déjà été reçu.',
    },
    remedy: {
      en: 'Send new content under a new identifier.',
      fr: 'Envoyez un nouveau contenu sous un nouvel identifiant.',
    },
    platformText: 'Irrecevable : flux déjà émis et reçu.',
    fidelity: 'simulated',
  },
  ERR_ENV_007: {
    ppfCode: 'IRR_TYPE',
    nature: 'ERR_ENV',
    message: {
      en: 'The type of the flow is not accepted.',
      fr: 'Le type du flux n’est pas accepté.',
    },
    remedy: {
      en: 'Send a tar archive compressed by gzip (.tar.gz) or one bare .xml.',
      fr: 'Envoyez une archive tar compressée par gzip (.tar.gz) ou un seul .xml.',
    },
    platformText: 'Irrecevable : extension du flux non autorisée.',
    fidelity: 'simulated',
  },
  ERR_VOL_001: {
    ppfCode: 'IRR_VIDE',
    nature: 'ERR_VOL',
    message: { en: 'The flow is empty.', fr: 'Le flux est vide.' },
    remedy: {
      en: 'Send the flow once its files are written, with at least one invoice.',
      fr: 'Envoyez le flux une fois ses fichiers écrits, avec au moins une facture.',
    },
    platformText: 'Irrecevable : flux vide.',
    fidelity: 'simulated',
  },
  ERR_VOL_002: {
    ppfCode: 'IRR_TAILLE',
    nature: 'ERR_VOL',
    message: {
      en: 'The flow is larger than allowed.',
      fr: 'Le flux dépasse la taille autorisée.',
    },
    remedy: {
      en: 'Split the batch into several flows.',
      fr: 'Répartissez le lot en plusieurs flux.',
    },
    platformText: 'Irrecevable : taille du flux supérieure au maximum autorisé.',
    fidelity: 'simulated',
  },
  ERR_VOL_003: {
    ppfCode: null,
    nature: 'ERR_VOL',
    message: {
      en: 'The flow holds more files than allowed.',
      fr: 'Le flux contient plus de fichiers qu’autorisé.',
    },
    remedy: {
      en: 'Split the batch into several flows.',
      fr: 'Répartissez le lot en plusieurs flux.',
    },
    platformText: 'Irrecevable : nombre de fichiers supérieur au maximum autorisé.',
    fidelity: 'simulated',
  },
  ERR_AV_001: {
    ppfCode: 'IRR_ANTIVIRUS',
    nature: 'ERR_AV',
    message: {
      en: 'The antivirus refused the content.',
      fr: 'L’antivirus a refusé le contenu.',
    },
    remedy: {
      en: 'Scan the files on your side and send them again without the infected one.',
      fr: 'Analysez les fichiers de votre côté et renvoyez-les sans celui qui est infecté.',
    },
    platformText: 'Irrecevable : contrôle de sécurité non satisfait.',
    fidelity: 'simulated',
  },
  ERR_ARC_001: {
    ppfCode: 'IRR_EXTRAC',
    nature: 'ERR_ARC',
    message: {
      en: 'The archive cannot be extracted.',
      fr: 'L’archive ne peut pas être extraite.',
    },
    remedy: {
      en: 'Make the archive again with tar and gzip, and transfer it in binary mode.',
      fr: 'Refaites l’archive avec tar et gzip, et transférez-la en mode binaire.',
    },
    platformText: 'Irrecevable : extraction impossible.',
    fidelity: 'simulated',
  },
  ERR_ARC_002: {
    ppfCode: 'IRR_VIDE_F',
    nature: 'ERR_ARC',
    message: {
      en: 'A file of the flow is empty.',
      fr: 'Un fichier du flux est vide.',
    },
    remedy: {
      en: 'Leave the empty file out, or write its content before packing.',
      fr: 'Retirez le fichier vide, ou écrivez son contenu avant l’archivage.',
    },
    platformText: 'Irrecevable : fichier vide dans le flux.',
    fidelity: 'simulated',
  },
  ERR_ARC_003: {
    ppfCode: 'IRR_NOM_F',
    nature: 'ERR_ARC',
    message: {
      en: 'The name of a file of the flow is not accepted.',
      fr: 'Le nom d’un fichier du flux n’est pas accepté.',
    },
    remedy: {
      en: 'Use letters, digits, dot, dash and underscore, at most 200 characters, each name once, at most one folder deep.',
      fr: 'Utilisez lettres, chiffres, point, tiret et souligné, 200 caractères au plus, chaque nom une fois, un seul niveau de dossier.',
    },
    platformText: 'Irrecevable : nom de fichier non conforme dans le flux.',
    fidelity: 'simulated',
  },
  ERR_ARC_004: {
    ppfCode: 'IRR_TYPE_F',
    nature: 'ERR_ARC',
    message: {
      en: 'The type of a file of the flow is not accepted.',
      fr: 'Le type d’un fichier du flux n’est pas accepté.',
    },
    remedy: {
      en: 'Keep only the files that the syntax of the interface code allows.',
      fr: 'Ne laissez que les fichiers permis par la syntaxe du code interface.',
    },
    platformText: 'Irrecevable : extension de fichier non autorisée dans le flux.',
    fidelity: 'simulated',
  },
  ERR_ARC_005: {
    ppfCode: 'IRR_TAILLE_F',
    nature: 'ERR_ARC',
    message: {
      en: 'A file of the flow is larger than allowed.',
      fr: 'Un fichier du flux dépasse la taille autorisée.',
    },
    remedy: {
      en: 'Reduce the attachments of that invoice.',
      fr: 'Réduisez les pièces jointes de cette facture.',
    },
    platformText: 'Irrecevable : taille d’un fichier supérieure au maximum autorisé.',
    fidelity: 'simulated',
  },
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
    platformText: 'Irrecevable : fichier non conforme au schéma.',
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

export type MotiveCode = keyof typeof MOTIVES

/** What is known about one case of a motive; everything may be left out. */
export interface MotiveContext {
  /** Finer id than the motive's own (`ARC-ZIP`); default: the code as `ARC-001`. */
  readonly rule?: string
  readonly severity?: Severity
  readonly file?: string
  readonly part?: number
  readonly invoice?: string
  readonly path?: string
  readonly line?: number
  readonly column?: number
  readonly terms?: readonly string[]
  /** One or more sentences that follow the motive's own. */
  readonly detail?: BilingualText
  /** Takes the place of the motive's own remedy. */
  readonly remedy?: BilingualText
  /** Takes the place of the motive's own text. */
  readonly platformText?: string
}

/** The finding of one case of a motive. */
export function motiveFinding(code: MotiveCode, context: MotiveContext = {}): Finding {
  const row: MotiveRow = MOTIVES[code]
  const { rule, severity, terms, detail, remedy, platformText, ...place } = context
  return {
    rule: rule ?? code.slice('ERR_'.length).replace('_', '-'),
    severity: severity ?? 'fatal',
    nature: row.nature,
    code,
    ...place,
    terms: terms ?? [],
    message:
      detail === undefined
        ? row.message
        : { en: `${row.message.en} ${detail.en}`, fr: `${row.message.fr} ${detail.fr}` },
    remedy: remedy ?? row.remedy,
    platformText: (platformText ?? row.platformText).replaceAll(
      '{place}',
      dottedPath(context.path ?? ''),
    ),
  }
}

/** An XPath in the dotted style of the real reports: `Invoice.InvoiceLine[3].ID`. */
export function dottedPath(path: string): string {
  return path
    .split('/')
    .filter((step) => step !== '')
    .map((step) => step.replace(/^[^:]*:/, '').replace('[1]', ''))
    .join('.')
}
