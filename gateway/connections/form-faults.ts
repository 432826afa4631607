import type { BilingualText } from '../flow.ts'

/** What keeps a form from being sent or put in force: one row each (reference chorus-pro-edi §7.2). */
export const FORM_FAULTS = {
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
  NAME_MISSING: {
    message: {
      en: 'A connection has a name of 1 to 200 characters.',
      fr: 'Un raccordement porte un nom de 1 à 200 caractères.',
    },
    remedy: { en: 'Name the partner.', fr: 'Nommez le partenaire.' },
  },
  OVERRIDES_INVALID: {
    message: {
      en: 'A setting of the connection does not exist or is out of its range.',
      fr: 'Un paramètre du raccordement n’existe pas ou sort de ses bornes.',
    },
    remedy: {
      en: 'Known are maxInvoicesPerFlow (1 to 100,000), reportMode (full, faithful), reportPacking (tar.gz, xml), reportInvoiceStatuses (true, false), closedHours (docs/delivery.md), hooks (docs/hooks.md).',
      fr: 'Sont connus maxInvoicesPerFlow (1 à 100 000), reportMode (full, faithful), reportPacking (tar.gz, xml), reportInvoiceStatuses (true, false), closedHours (docs/delivery.md), hooks (docs/hooks.md).',
    },
  },
  STRUCTURE_CLOSED: {
    message: {
      en: 'The structure is closed or unknown here.',
      fr: 'La structure est fermée ou inconnue ici.',
    },
    remedy: {
      en: 'Make the connection for an active structure.',
      fr: 'Établissez le raccordement pour une structure active.',
    },
  },
  NOTHING_CHANGED: {
    message: {
      en: 'The form says what is in force already.',
      fr: 'Le formulaire est identique à celui en vigueur.',
    },
    remedy: { en: 'Change something first.', fr: 'Modifiez-le d’abord.' },
  },
  VALIDITY_EMPTY: {
    message: {
      en: 'The last day comes before the first.',
      fr: 'Le dernier jour précède le premier.',
    },
    remedy: { en: 'Correct the dates.', fr: 'Corrigez les dates.' },
  },
  VALIDITY_ENDED: {
    message: { en: 'The last day is over.', fr: 'Le dernier jour est passé.' },
    remedy: { en: 'Choose a later last day.', fr: 'Choisissez un dernier jour ultérieur.' },
  },
  CERTIFICATE_MISSING: {
    message: {
      en: 'The certificate that the protocol asks for is missing.',
      fr: 'Le certificat exigé par le protocole manque.',
    },
    remedy: {
      en: 'Add it as PKCS#7 with its chain: PeSIT wants a client and a server certificate, AS2 a server one, SFTP a client one.',
      fr: 'Ajoutez-le en PKCS#7 avec sa chaîne : PeSIT demande un certificat client et un serveur, AS2 un serveur, SFTP un client.',
    },
  },
  CERTIFICATE_OUT_OF_PLACE: {
    message: {
      en: 'The protocol has no use for a certificate of this part.',
      fr: 'Le protocole n’a pas l’usage d’un certificat de ce type.',
    },
    remedy: { en: 'Remove it.', fr: 'Retirez-le.' },
  },
  CERTIFICATE_TOO_MANY: {
    message: {
      en: 'More than the present certificate and its successor are given for one part.',
      fr: 'Il y a plus que le certificat actuel et son successeur pour un même type.',
    },
    remedy: { en: 'Remove those of the past.', fr: 'Retirez ceux du passé.' },
  },
  CERTIFICATE_UNKNOWN: {
    message: {
      en: 'The form names a certificate that was never given to this connection.',
      fr: 'Le formulaire cite un certificat jamais fourni pour ce raccordement.',
    },
    remedy: {
      en: 'Add the certificate, or take its fingerprint out of the form.',
      fr: 'Ajoutez le certificat, ou retirez son empreinte du formulaire.',
    },
  },
  CONTACT_NAME_MISSING: {
    message: {
      en: 'The technical contact has no name.',
      fr: 'Le contact technique n’a pas de nom.',
    },
    remedy: { en: 'Say whom to ask for.', fr: 'Indiquez qui demander.' },
  },
  CONTACT_EMAIL_MISSING: {
    message: {
      en: 'The technical contact has no e-mail address.',
      fr: 'Le contact technique n’a pas d’adresse électronique.',
    },
    remedy: {
      en: 'Give the address that is told of activation, refusal and expiry.',
      fr: 'Indiquez l’adresse prévenue des activations, refus et échéances.',
    },
  },
  CONTACT_EMAIL_MALFORMED: {
    message: {
      en: 'The e-mail address of the technical contact has not the form of one.',
      fr: 'L’adresse électronique du contact technique n’en a pas la forme.',
    },
    remedy: { en: 'Write it as name@domain.example.', fr: 'Écrivez-la comme nom@domaine.example.' },
  },
  CONTACT_TELEPHONE_MISSING: {
    message: {
      en: 'The technical contact has no telephone number.',
      fr: 'Le contact technique n’a pas de numéro de téléphone.',
    },
    remedy: { en: 'Give a number to call.', fr: 'Indiquez un numéro à appeler.' },
  },
  CONTACT_TELEPHONE_MALFORMED: {
    message: {
      en: 'The telephone number has not the form of one.',
      fr: 'Le numéro de téléphone n’en a pas la forme.',
    },
    remedy: {
      en: 'Write it as +33 1 23 45 67 89 or 01 23 45 67 89.',
      fr: 'Écrivez-le comme +33 1 23 45 67 89 ou 01 23 45 67 89.',
    },
  },
  NETWORK_OUT_OF_PLACE: {
    message: {
      en: 'These network characteristics belong to another protocol.',
      fr: 'Ces caractéristiques réseau relèvent d’un autre protocole.',
    },
    remedy: { en: 'Leave them out.', fr: 'Retirez-les.' },
  },
  AS2_URL_MISSING: {
    message: {
      en: 'The address that return flows are posted to is missing.',
      fr: 'L’adresse où poster les flux retour manque.',
    },
    remedy: {
      en: 'Give the URL of your AS2 server.',
      fr: 'Indiquez l’URL de votre serveur AS2.',
    },
  },
  AS2_URL_MALFORMED: {
    message: {
      en: 'The AS2 address is no http or https URL, or carries a password.',
      fr: 'L’adresse AS2 n’est pas une URL http ou https, ou contient un mot de passe.',
    },
    remedy: {
      en: 'Write it as https://edi.partner.example/as2.',
      fr: 'Écrivez-la comme https://edi.partenaire.example/as2.',
    },
  },
  AS2_ID_MISSING: {
    message: {
      en: 'The AS2 identifier of the partner is missing.',
      fr: 'L’identifiant AS2 du partenaire manque.',
    },
    remedy: {
      en: 'Give what your software sends as AS2-From.',
      fr: 'Indiquez ce que votre logiciel envoie en AS2-From.',
    },
  },
  AS2_ID_MALFORMED: {
    message: {
      en: 'The AS2 identifier has characters that cannot stand in one (RFC 4130 §6.2).',
      fr: 'L’identifiant AS2 contient des caractères interdits (RFC 4130 §6.2).',
    },
    remedy: {
      en: 'Use 1 to 128 printable ASCII characters, without quotation mark or backslash.',
      fr: 'Utilisez 1 à 128 caractères ASCII imprimables, sans guillemet ni barre oblique inverse.',
    },
  },
  PESIT_HOST_MISSING: {
    message: {
      en: 'The host that return flows are written to is missing.',
      fr: 'L’hôte où écrire les flux retour manque.',
    },
    remedy: {
      en: 'Give the name or address of your PeSIT server.',
      fr: 'Indiquez le nom ou l’adresse de votre serveur PeSIT.',
    },
  },
  PESIT_HOST_MALFORMED: {
    message: {
      en: 'The PeSIT host is neither a host name nor an address.',
      fr: 'L’hôte PeSIT n’est ni un nom d’hôte ni une adresse.',
    },
    remedy: {
      en: 'Write it as pesit.partner.example or 192.0.2.10; the port is a field of its own.',
      fr: 'Écrivez-le comme pesit.partenaire.example ou 192.0.2.10 ; le port a son propre champ.',
    },
  },
  PESIT_PORT_MISSING: {
    message: {
      en: 'The port of the partner’s PeSIT server is missing.',
      fr: 'Le port du serveur PeSIT du partenaire manque.',
    },
    remedy: { en: 'Give its port.', fr: 'Indiquez son port.' },
  },
  PESIT_REQUESTER_MISSING: {
    message: {
      en: 'The PeSIT identifier of the partner (PI 3) is missing.',
      fr: 'L’identifiant PeSIT du partenaire (PI 3) manque.',
    },
    remedy: {
      en: 'Give what your software sends as requester (demandeur).',
      fr: 'Indiquez ce que votre logiciel envoie comme demandeur.',
    },
  },
  PESIT_SERVER_MISSING: {
    message: {
      en: 'The PeSIT identifier of the server (PI 4) is missing.',
      fr: 'L’identifiant PeSIT du serveur (PI 4) manque.',
    },
    remedy: {
      en: 'Give the name under which you call the gateway (serveur).',
      fr: 'Indiquez le nom sous lequel vous appelez la passerelle (serveur).',
    },
  },
  PESIT_ID_MALFORMED: {
    message: {
      en: 'A PeSIT identifier has 1 to 24 printable ASCII characters without spaces.',
      fr: 'Un identifiant PeSIT comporte 1 à 24 caractères ASCII imprimables, sans espace.',
    },
    remedy: { en: 'Correct the identifier.', fr: 'Corrigez l’identifiant.' },
  },
  CODES_MISSING: {
    message: {
      en: 'No interface code is subscribed to.',
      fr: 'Aucun code interface n’est souscrit.',
    },
    remedy: {
      en: 'Choose Complete or Partial for at least one code.',
      fr: 'Choisissez Complet ou Partiel pour au moins un code.',
    },
  },
  CODE_UNKNOWN: {
    message: {
      en: 'The catalogue has no such interface code.',
      fr: 'Ce code interface ne figure pas au catalogue.',
    },
    remedy: {
      en: 'Choose among docs/interface-codes.md.',
      fr: 'Choisissez parmi docs/interface-codes.md.',
    },
  },
  CODE_HIDDEN: {
    message: {
      en: 'The interface code is not offered in this environment.',
      fr: 'Ce code interface n’est pas proposé dans cet environnement.',
    },
    remedy: { en: 'Leave it out.', fr: 'Retirez-le.' },
  },
  CODE_MODE: {
    message: {
      en: 'The interface code does not have this processing mode.',
      fr: 'Le code interface n’admet pas ce mode de traitement.',
    },
    remedy: {
      en: 'Choose another processing mode for it.',
      fr: 'Choisissez-lui un autre mode de traitement.',
    },
  },
  CONFIRMATION_MISSING: {
    message: { en: 'The confirmation is not given.', fr: 'La confirmation n’est pas donnée.' },
    remedy: {
      en: 'Read the notice and tick its box.',
      fr: 'Lisez l’avertissement et cochez sa case.',
    },
  },
} as const satisfies Readonly<
  Record<string, { readonly message: BilingualText; readonly remedy: BilingualText }>
>

export type FormFaultCode = keyof typeof FORM_FAULTS
