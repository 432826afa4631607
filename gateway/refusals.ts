import type { ErrorModifier } from '../protocols/as2/mdn/disposition.ts'
import type { BilingualText, RefusalCode } from './flow.ts'

/**
 * Refused at the door: what a partner is told when no flow is made of what it sent (decisions
 * D1). Nothing here tells whether a partner exists. docs/errors.md lists the same rows.
 */
export interface RefusalRow {
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** What AS2 says: `processed/error: …` in the MDN, or an HTTP status when there is to be none. */
  readonly as2: ErrorModifier | 413 | 429 | 503
}

export const REFUSALS: Readonly<Record<RefusalCode, RefusalRow>> = {
  CREDENTIAL_REFUSED: {
    message: { en: 'Authentication refused.', fr: 'Authentification refusée.' },
    remedy: {
      en: 'Check the application code, the key of the registered certificate, that the connection is activated, and the addresses it may come from.',
      fr: 'Vérifiez le code application, la clé du certificat déposé, que le raccordement est activé et les adresses dont il peut venir.',
    },
    as2: 'unknown-trading-relationship',
  },
  ALGORITHMS_NOT_SHARED: {
    message: { en: 'No algorithm in common.', fr: 'Aucun algorithme en commun.' },
    remedy: {
      en: 'Offer one of the wanted algorithms, or set sftp.algorithms to compatible or platform.',
      fr: 'Proposez un des algorithmes attendus, ou réglez sftp.algorithms sur compatible ou platform.',
    },
    as2: 'insufficient-message-security',
  },
  NAME_MALFORMED: {
    message: {
      en: 'The file name breaks the rule <interface code>_<application code>_<25-character identifier>.tar.gz or .xml.',
      fr: 'Le nom de fichier ne suit pas la règle <code interface>_<code application>_<identifiant de 25 caractères>.tar.gz ou .xml.',
    },
    remedy: {
      en: 'Rename the file; upper case, identifier = application code + 19 digits or capital letters.',
      fr: 'Renommez le fichier ; majuscules, identifiant = code application + 19 chiffres ou lettres capitales.',
    },
    as2: 'illegal-filename',
  },
  EXTENSION_UNKNOWN: {
    message: {
      en: 'The extension of the file is neither .tar.gz nor .xml.',
      fr: 'L’extension du fichier n’est ni .tar.gz ni .xml.',
    },
    remedy: {
      en: 'Send a tar archive compressed by gzip, named .tar.gz in lower case, or one bare .xml.',
      fr: 'Envoyez une archive tar compressée par gzip, nommée .tar.gz en minuscules, ou un seul .xml.',
    },
    as2: 'illegal-filename',
  },
  DIRECTION_WRONG: {
    message: {
      en: 'This interface code is one the gateway sends; it cannot be received.',
      fr: 'Ce code interface est émis par la passerelle ; il ne peut pas être reçu.',
    },
    remedy: {
      en: 'Use the code of an incoming flow (FSO…).',
      fr: 'Utilisez le code d’un flux entrant (FSO…).',
    },
    as2: 'illegal-filename',
  },
  APPLICATION_CODE_OTHER: {
    message: {
      en: 'The application code in the file name is not that of this connection.',
      fr: 'Le code application du nom de fichier n’est pas celui de ce raccordement.',
    },
    remedy: {
      en: 'Name the file with the application code of the connection that sends it.',
      fr: 'Nommez le fichier avec le code application du raccordement qui l’envoie.',
    },
    as2: 'illegal-filename',
  },
  IDENTIFIER_OTHER: {
    message: {
      en: 'The flow identifier does not start with the application code of this connection.',
      fr: 'L’identifiant de flux ne commence pas par le code application de ce raccordement.',
    },
    remedy: {
      en: 'Build the identifier from your application code and 19 digits or capital letters.',
      fr: 'Composez l’identifiant de votre code application et de 19 chiffres ou lettres capitales.',
    },
    as2: 'illegal-filename',
  },
  RETURN_FLOW_UNKNOWN: {
    message: {
      en: 'The report is on a flow that was not sent to this connection.',
      fr: 'Le compte rendu porte sur un flux qui n’a pas été envoyé à ce raccordement.',
    },
    remedy: {
      en: 'Name the report like the flow that it is on, with C as its first letter.',
      fr: 'Nommez le compte rendu comme le flux sur lequel il porte, avec C en première lettre.',
    },
    as2: 'illegal-filename',
  },
  IDENTIFIER_TAKEN: {
    message: {
      en: 'A flow with this identifier was already received.',
      fr: 'Un flux portant cet identifiant a déjà été reçu.',
    },
    remedy: {
      en: 'Send the new content under a new identifier.',
      fr: 'Envoyez le nouveau contenu sous un nouvel identifiant.',
    },
    as2: 'duplicate-filename',
  },
  CONTENT_EMPTY: {
    message: { en: 'The file is empty.', fr: 'Le fichier est vide.' },
    remedy: {
      en: 'Send the file again once it is written.',
      fr: 'Renvoyez le fichier une fois qu’il est écrit.',
    },
    as2: 'unexpected-processing-error',
  },
  CONTENT_INCOMPLETE: {
    message: {
      en: 'The content ends too early; what arrived is kept and the transfer can be resumed.',
      fr: 'Le contenu est tronqué ; la partie reçue est conservée et le transfert peut reprendre.',
    },
    remedy: {
      en: 'Resume the transfer, or send the whole file again under the same name.',
      fr: 'Reprenez le transfert, ou renvoyez le fichier entier sous le même nom.',
    },
    as2: 'unexpected-processing-error',
  },
  CONTENT_TOO_LARGE: {
    message: {
      en: 'The file is larger than a flow may be.',
      fr: 'Le fichier dépasse la taille maximale d’un flux.',
    },
    remedy: {
      en: 'Split the batch into several flows.',
      fr: 'Répartissez le lot en plusieurs flux.',
    },
    as2: 413,
  },
  QUOTA_EXCEEDED: {
    message: {
      en: 'Too much is waiting in the deposit box unfinished.',
      fr: 'Trop de dépôts inachevés sont en attente.',
    },
    remedy: {
      en: 'Finish or remove the incomplete uploads first.',
      fr: 'Terminez ou supprimez d’abord les dépôts inachevés.',
    },
    as2: 503,
  },
  DISK_FULL: {
    message: {
      en: 'The gateway cannot store more at the moment.',
      fr: 'La passerelle ne peut pas stocker davantage pour le moment.',
    },
    remedy: { en: 'Try again later.', fr: 'Réessayez plus tard.' },
    as2: 503,
  },
  LIMIT_REACHED: {
    message: {
      en: 'Too many sessions or requests.',
      fr: 'Trop de sessions ou de requêtes.',
    },
    remedy: {
      en: 'Open fewer at a time.',
      fr: 'Ouvrez-en moins à la fois.',
    },
    as2: 503,
  },
  TRIES_EXCEEDED: {
    message: {
      en: 'Too many failed authentications from this address.',
      fr: 'Trop d’échecs d’authentification depuis cette adresse.',
    },
    remedy: {
      en: 'Stop what fails and correct it, then wait; failedTries.* says how many and how long.',
      fr: 'Arrêtez ce qui échoue et corrigez-le, puis patientez ; failedTries.* fixe le nombre et la durée.',
    },
    as2: 429,
  },
  MESSAGE_MALFORMED: {
    message: {
      en: 'The message is damaged, or not built as its protocol says.',
      fr: 'Le message est endommagé ou non conforme à son protocole.',
    },
    remedy: {
      en: 'The reason names the layer; the transcript of the session shows what came before it.',
      fr: 'Le motif désigne la couche ; la transcription de la session montre ce qui précède.',
    },
    as2: 'unexpected-processing-error',
  },
  MESSAGE_NOT_DECRYPTED: {
    message: {
      en: 'The message cannot be decrypted with the keys of the gateway.',
      fr: 'Le message ne peut être déchiffré avec les clés de la passerelle.',
    },
    remedy: {
      en: 'Encrypt for the certificate that the gateway publishes now (raccord identity list, connection kit).',
      fr: 'Chiffrez pour le certificat que la passerelle publie à présent (raccord identity list, kit de raccordement).',
    },
    as2: 'decryption-failed',
  },
  SIGNATURE_REFUSED: {
    message: {
      en: 'The signature does not hold, or is by no certificate of this connection.',
      fr: 'La signature n’est pas valable, ou n’est d’aucun certificat de ce raccordement.',
    },
    remedy: {
      en: 'Sign with the key of the registered certificate; the reason says what would have matched.',
      fr: 'Signez avec la clé du certificat déposé ; le motif indique ce qui aurait concordé.',
    },
    as2: 'authentication-failed',
  },
  SECURITY_INSUFFICIENT: {
    message: {
      en: 'The message is not protected as this connection demands.',
      fr: 'Le message n’a pas la protection qu’exige ce raccordement.',
    },
    remedy: {
      en: 'Sign and encrypt with the algorithms of the connection, or have an operator change them (docs/as2.md).',
      fr: 'Signez et chiffrez avec les algorithmes du raccordement, ou faites-les modifier par un exploitant (docs/as2.md).',
    },
    as2: 'insufficient-message-security',
  },
  MESSAGE_ID_REUSED: {
    message: {
      en: 'A message with this identifier and other content was already received.',
      fr: 'Un message de même identifiant et d’autre contenu a déjà été reçu.',
    },
    remedy: {
      en: 'Give each message an identifier of its own; only a repetition keeps it.',
      fr: 'Donnez à chaque message son propre identifiant ; seule une répétition le garde.',
    },
    as2: 'unexpected-processing-error',
  },
  RECEIPT_REFUSED: {
    message: {
      en: 'The receipt that is asked for cannot be given.',
      fr: 'L’accusé demandé ne peut être donné.',
    },
    remedy: {
      en: 'Ask for a synchronous receipt with pkcs7-signature and a SHA-2 hash.',
      fr: 'Demandez un accusé synchrone, pkcs7-signature et un condensat SHA-2.',
    },
    as2: 'unexpected-processing-error',
  },
  CALLED_NAME_UNKNOWN: {
    message: {
      en: 'The gateway was called by a name that is not its own.',
      fr: 'La passerelle a été appelée par un nom qui n’est pas le sien.',
    },
    remedy: {
      en: 'Call it by the name that the kit says (PI 4 of PeSIT; pesit.identifiers).',
      fr: 'Appelez-la par le nom indiqué dans le kit (PI 4 de PeSIT ; pesit.identifiers).',
    },
    as2: 'unexpected-processing-error',
  },
  PROTOCOL_REFUSED: {
    message: {
      en: 'The way of talking that was proposed is not taken here.',
      fr: 'La manière de dialoguer proposée n’est pas acceptée ici.',
    },
    remedy: {
      en: 'Propose PeSIT E (PI 6 = 2) of the Hors-SIT profile, without its security unit and without changing the password.',
      fr: 'Proposez PeSIT E (PI 6 = 2), profil Hors-SIT, sans unité de sécurité et sans changement de mot de passe.',
    },
    as2: 'unexpected-processing-error',
  },
  ROUTE_REFUSED: {
    message: {
      en: 'The flow names another sender or receiver (PI 61, PI 62); it is not passed on.',
      fr: 'Le flux désigne un autre émetteur ou destinataire (PI 61, PI 62) ; il n’est pas relayé.',
    },
    remedy: {
      en: 'Leave PI 61 and PI 62 out, or have routing set to relay for the connection.',
      fr: 'Omettez PI 61 et PI 62, ou faites régler routing sur relay pour le raccordement.',
    },
    as2: 'unexpected-processing-error',
  },
}
