import type { BilingualText } from '../flow.ts'

export type RegistrationFault =
  | 'APPLICATION_CODE_MALFORMED'
  | 'APPLICATION_CODE_TAKEN'
  | 'CONNECTION_NAME_MISSING'
  | 'VALIDITY_EMPTY'
  | 'INTERFACE_CODE_UNKNOWN'
  | 'INTERFACE_CODE_MODE'
  | 'OVERRIDES_INVALID'
  | 'KEY_TAKEN'
  | 'KEY_WEAK'
  | 'KEY_UNUSABLE'
  | 'KEY_NOT_RSA'
  | 'KEY_SHORT'
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_NOT_YET_VALID'

/** Why a connection is not taken, or what to know about it: one row each (decisions C4). */
export const REGISTRATION_FAULTS: Readonly<
  Record<RegistrationFault, { readonly message: BilingualText; readonly remedy: BilingualText }>
> = {
  APPLICATION_CODE_MALFORMED: {
    message: {
      en: 'An application code has six capital letters or digits.',
      fr: 'Un code application comporte six lettres capitales ou chiffres.',
    },
    remedy: { en: 'Give one like ACM001.', fr: 'Donnez-en un comme ACM001.' },
  },
  APPLICATION_CODE_TAKEN: {
    message: {
      en: 'Another connection has this application code.',
      fr: 'Un autre raccordement porte ce code application.',
    },
    remedy: { en: 'Choose another code.', fr: 'Choisissez un autre code.' },
  },
  CONNECTION_NAME_MISSING: {
    message: {
      en: 'A connection has a name of 1 to 200 characters.',
      fr: 'Un raccordement porte un nom de 1 à 200 caractères.',
    },
    remedy: { en: 'Name the partner.', fr: 'Nommez le partenaire.' },
  },
  VALIDITY_EMPTY: {
    message: {
      en: 'The connection ends before it starts.',
      fr: 'La fin du raccordement précède son début.',
    },
    remedy: { en: 'Correct the dates.', fr: 'Corrigez les dates.' },
  },
  INTERFACE_CODE_UNKNOWN: {
    message: {
      en: 'An interface code is not in the catalogue of this environment.',
      fr: 'Un code interface ne figure pas au catalogue de cet environnement.',
    },
    remedy: {
      en: 'Choose among docs/interface-codes.md.',
      fr: 'Choisissez parmi docs/interface-codes.md.',
    },
  },
  INTERFACE_CODE_MODE: {
    message: {
      en: 'An interface code does not have this processing mode.',
      fr: 'Un code interface n’admet pas ce mode de traitement.',
    },
    remedy: {
      en: 'Choose No connection, Complete or Partial.',
      fr: 'Choisissez Pas de raccordement, Complet ou Partiel.',
    },
  },
  OVERRIDES_INVALID: {
    message: {
      en: 'A setting of the connection does not exist or is out of its range.',
      fr: 'Un paramètre du raccordement n’existe pas ou sort de ses bornes.',
    },
    remedy: {
      en: 'Known are maxInvoicesPerFlow (1 to 100,000), reportMode (full, faithful), reportPacking (tar.gz, xml).',
      fr: 'Sont connus maxInvoicesPerFlow (1 à 100 000), reportMode (full, faithful), reportPacking (tar.gz, xml).',
    },
  },
  KEY_TAKEN: {
    message: {
      en: 'The certificate, or its key under another certificate, serves another connection.',
      fr: 'Le certificat, ou sa clé sous un autre certificat, sert déjà un autre raccordement.',
    },
    remedy: {
      en: 'Make another key: one certificate serves one connection only.',
      fr: 'Créez une autre clé : un certificat ne sert qu’un seul raccordement.',
    },
  },
  KEY_WEAK: {
    message: {
      en: 'The RSA key has fewer than 2048 bits.',
      fr: 'La clé RSA compte moins de 2048 bits.',
    },
    remedy: {
      en: 'Make a key of 3072 bits: raccord certs make --for sftp.',
      fr: 'Créez une clé de 3072 bits : raccord certs make --for sftp.',
    },
  },
  KEY_UNUSABLE: {
    message: {
      en: 'SSH has no form for this kind of key.',
      fr: 'SSH n’a pas de forme pour ce type de clé.',
    },
    remedy: {
      en: 'Make an RSA key of 3072 bits: raccord certs make --for sftp.',
      fr: 'Créez une clé RSA de 3072 bits : raccord certs make --for sftp.',
    },
  },
  KEY_NOT_RSA: {
    message: {
      en: 'The real gateway takes RSA keys only for SFTP.',
      fr: 'La passerelle réelle n’accepte que des clés RSA en SFTP.',
    },
    remedy: {
      en: 'Use an RSA key of 3072 bits before going to production.',
      fr: 'Utilisez une clé RSA de 3072 bits avant de passer en production.',
    },
  },
  KEY_SHORT: {
    message: {
      en: 'The RSA key has fewer than 3072 bits.',
      fr: 'La clé RSA compte moins de 3072 bits.',
    },
    remedy: {
      en: 'Make the next one longer: 3072 bits or more.',
      fr: 'Prévoyez 3072 bits ou plus pour la prochaine.',
    },
  },
  CERTIFICATE_EXPIRED: {
    message: { en: 'The certificate has expired.', fr: 'Le certificat a expiré.' },
    remedy: {
      en: 'Have it renewed, or make one: raccord certs make --for sftp.',
      fr: 'Faites-le renouveler, ou créez-en un : raccord certs make --for sftp.',
    },
  },
  CERTIFICATE_NOT_YET_VALID: {
    message: {
      en: 'The certificate is not valid yet; no session can start before.',
      fr: 'Le certificat n’est pas encore valide ; aucune session avant cette date.',
    },
    remedy: {
      en: 'Wait for its first day, or check the clock of its maker.',
      fr: 'Attendez son premier jour, ou vérifiez l’horloge de son émetteur.',
    },
  },
}
