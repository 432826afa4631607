import type { MotiveRow } from './motives.ts'

/** Motives that refuse a whole flow: its envelope, its volume, its content, its archive. */
export const FLOW_MOTIVES = {
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
} as const satisfies Record<string, MotiveRow>
