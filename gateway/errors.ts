import type { BilingualText } from './flow.ts'

/** One row per error the gateway can throw. docs/errors.md lists the same rows; a test compares. */
export interface ErrorRow {
  readonly meaning: BilingualText
  readonly remedy: BilingualText
  /** The same work may succeed later without anybody changing anything. */
  readonly isRetryable: boolean
}

export const ERRORS = {
  CONFIG_INVALID: {
    meaning: {
      en: 'The configuration has faults; the gateway does not start.',
      fr: 'La configuration comporte des erreurs ; la passerelle ne démarre pas.',
    },
    remedy: {
      en: 'Correct each listed setting; docs/configuration.md has every name and range.',
      fr: 'Corrigez chaque paramètre cité ; docs/configuration.md donne noms et bornes.',
    },
    isRetryable: false,
  },
  DATA_FOLDER_IN_USE: {
    meaning: {
      en: 'Another gateway process holds this data folder.',
      fr: 'Une autre passerelle utilise déjà ce dossier de données.',
    },
    remedy: {
      en: 'Stop the other process, or choose another folder with --data.',
      fr: 'Arrêtez l’autre processus ou choisissez un autre dossier avec --data.',
    },
    isRetryable: false,
  },
  DATA_FOLDER_UNUSABLE: {
    meaning: {
      en: 'The data folder cannot be made, or this process may not write in it.',
      fr: 'Le dossier de données ne peut être créé, ou ce processus ne peut y écrire.',
    },
    remedy: {
      en: 'Give the user of this process the folder, or choose another one with --data.',
      fr: 'Donnez le dossier à l’utilisateur du processus ou choisissez-en un autre avec --data.',
    },
    isRetryable: false,
  },
  PORT_IN_USE: {
    meaning: {
      en: 'A port the gateway should listen on is taken by another program.',
      fr: 'Un port d’écoute de la passerelle est déjà occupé par un autre programme.',
    },
    remedy: {
      en: 'Choose another port (--sftp-port, --as2-port, --api-port; 0 = any free one), or stop the other program.',
      fr: 'Choisissez un autre port (--sftp-port, --as2-port, --api-port ; 0 = un port libre) ou arrêtez l’autre programme.',
    },
    isRetryable: false,
  },
  INTAKE_OVERTAKEN: {
    meaning: {
      en: 'A message of the same identity was taken at the same moment, by another process.',
      fr: 'Un message de même identité a été pris au même instant, par un autre processus.',
    },
    remedy: {
      en: 'Nothing: the partner is told what holds for the one that was taken, or sends again.',
      fr: 'Rien : le partenaire apprend ce qui vaut pour celui qui a été pris, ou renvoie.',
    },
    isRetryable: true,
  },
  FLOW_MOVE_ILLEGAL: {
    meaning: {
      en: 'A flow was asked to take a move that its state table does not have.',
      fr: 'Un changement d’état de flux ne figure pas dans la table des états.',
    },
    remedy: {
      en: 'This is a bug of the gateway: report it with the flow id.',
      fr: 'C’est une anomalie de la passerelle : signalez-la avec l’identifiant du flux.',
    },
    isRetryable: false,
  },
  FLOW_NOT_DECIDED: {
    meaning: {
      en: 'A flow is still on its way through the pipeline; only one that is decided can be replayed.',
      fr: 'Le flux est encore en traitement ; seul un flux décidé peut être rejoué.',
    },
    remedy: {
      en: 'Wait for its last state: raccord flows wait, then replay it.',
      fr: 'Attendez son dernier état (raccord flows wait), puis rejouez-le.',
    },
    isRetryable: true,
  },
  FLOW_CONTENT_GONE: {
    meaning: {
      en: 'The content of a flow is not in the store any more; it cannot be replayed.',
      fr: 'Le contenu du flux n’est plus conservé ; il ne peut être rejoué.',
    },
    remedy: {
      en: 'Restore the store from its backup (docs/backup.md), or have the partner send the flow again.',
      fr: 'Restaurez le stockage depuis sa sauvegarde (docs/backup.md), ou faites renvoyer le flux.',
    },
    isRetryable: false,
  },
  BACKUP_UNFIT: {
    meaning: {
      en: 'This is no backup that this gateway can be restored from.',
      fr: 'Ceci n’est pas une sauvegarde dont cette passerelle puisse être restaurée.',
    },
    remedy: {
      en: 'Name a folder that `raccord backup` has finished, of this engine and of this version or an older one (docs/backup.md).',
      fr: 'Indiquez un dossier que `raccord backup` a terminé, du même moteur et de cette version ou d’une plus ancienne (docs/backup.md).',
    },
    isRetryable: false,
  },
  BACKUP_DAMAGED: {
    meaning: {
      en: 'Files of a backup are missing or are not as they were made.',
      fr: 'Des fichiers de la sauvegarde manquent ou ont changé.',
    },
    remedy: {
      en: 'Take another copy of it, or the backup before; nothing was restored.',
      fr: 'Prenez-en une autre copie, ou la sauvegarde précédente ; rien n’a été restauré.',
    },
    isRetryable: false,
  },
  BACKUP_PLACE_TAKEN: {
    meaning: {
      en: 'The place that a backup should be made or restored in is not empty.',
      fr: 'L’emplacement où sauvegarder ou restaurer n’est pas vide.',
    },
    remedy: {
      en: 'Name a new folder. `raccord restore --force` puts what is in the data folder aside first.',
      fr: 'Indiquez un nouveau dossier. `raccord restore --force` met d’abord de côté le contenu du dossier de données.',
    },
    isRetryable: false,
  },
  RETURN_MOVE_ILLEGAL: {
    meaning: {
      en: 'A return flow cannot be moved like that from the state it is in.',
      fr: 'Ce flux retour ne permet pas cette opération dans son état actuel.',
    },
    remedy: {
      en: 'Take one of the moves that it allows: raccord returns show, docs/delivery.md.',
      fr: 'Choisissez une des opérations permises : raccord returns show, docs/delivery.md.',
    },
    isRetryable: false,
  },
  SESSION_NOT_CUT: {
    meaning: {
      en: 'A session was asked to be cut that is over, or whose process does not answer.',
      fr: 'La session à couper est terminée, ou son processus ne répond pas.',
    },
    remedy: {
      en: 'See which are open: raccord sessions list.',
      fr: 'Voyez lesquelles sont ouvertes : raccord sessions list.',
    },
    isRetryable: false,
  },
  RUN_MOVE_ILLEGAL: {
    meaning: {
      en: 'A qualification run cannot be started, or cannot take that move, as things are.',
      fr: 'Un déroulement de qualification ne peut être lancé, ou ne permet pas cette opération.',
    },
    remedy: {
      en: 'Look at the runs of the connection: raccord qualify list; docs/scenarios.md says what each scenario needs.',
      fr: 'Consultez les déroulements du raccordement : raccord qualify list ; docs/scenarios.md dit ce que demande chaque scénario.',
    },
    isRetryable: false,
  },
  INVOICE_MOVE_ILLEGAL: {
    meaning: {
      en: 'An invoice cannot take that move from the status it is in.',
      fr: 'La facture ne peut pas passer à ce statut depuis celui où elle est.',
    },
    remedy: {
      en: 'Take one of the moves that are allowed: docs/life-cycle.md.',
      fr: 'Choisissez un des changements permis : docs/life-cycle.md.',
    },
    isRetryable: false,
  },
  CONNECTION_MOVE_ILLEGAL: {
    meaning: {
      en: 'A connection was asked to take a move that its state table does not have.',
      fr: 'Un changement d’état de raccordement ne figure pas dans la table des états.',
    },
    remedy: {
      en: 'Look at the present state of the connection; docs/glossary.md has the moves.',
      fr: 'Consultez l’état actuel du raccordement ; docs/glossary.md donne les changements.',
    },
    isRetryable: false,
  },
  CONNECTION_UNKNOWN: {
    meaning: {
      en: 'There is no such connection here.',
      fr: 'Ce raccordement n’existe pas ici.',
    },
    remedy: {
      en: 'Check the id; raccord connection list shows what exists.',
      fr: 'Vérifiez l’identifiant ; raccord connection list montre ce qui existe.',
    },
    isRetryable: false,
  },
  CONNECTION_CHANGED: {
    meaning: {
      en: 'Somebody else has changed the connection since you read it.',
      fr: 'Quelqu’un d’autre a modifié le raccordement depuis votre lecture.',
    },
    remedy: {
      en: 'Read it again and repeat your change on what it is now.',
      fr: 'Relisez-le et refaites votre modification sur son état actuel.',
    },
    isRetryable: false,
  },
  FORM_INCOMPLETE: {
    meaning: {
      en: 'The form has faults; it cannot be sent or put in force.',
      fr: 'Le formulaire comporte des erreurs ; il ne peut être envoyé ni mis en service.',
    },
    remedy: {
      en: 'Correct each field that is named, then submit again.',
      fr: 'Corrigez chaque champ cité, puis soumettez à nouveau.',
    },
    isRetryable: false,
  },
  CONNECTION_NOT_PROVEN: {
    meaning: {
      en: 'Only a qualification connection over which flows went well can be promoted.',
      fr: 'Seul un raccordement de qualification éprouvé par des flux réussis peut être promu.',
    },
    remedy: {
      en: 'Have a flow integrated, or a return flow fetched, on the qualification connection first.',
      fr: 'Faites d’abord intégrer un flux, ou retirer un flux retour, sur le raccordement de qualification.',
    },
    isRetryable: false,
  },
  STRUCTURE_UNKNOWN: {
    meaning: {
      en: 'No active structure has this SIRET here.',
      fr: 'Aucune structure active ne porte ce SIRET ici.',
    },
    remedy: {
      en: 'In qualification generate a data set and take one of its structures; in production an administrator writes it.',
      fr: 'En qualification, générez un matelas de données et prenez une de ses structures ; en production, un administrateur la saisit.',
    },
    isRetryable: false,
  },
  IDENTITY_UNREADABLE: {
    meaning: {
      en: 'A key of the gateway’s own identity cannot be read.',
      fr: 'Une clé de l’identité de la passerelle est illisible.',
    },
    remedy: {
      en: 'Restore DATA/identity from its backup; a new key would make every partner’s known_hosts wrong.',
      fr: 'Restaurez DATA/identity depuis sa sauvegarde ; une nouvelle clé rendrait faux les known_hosts des partenaires.',
    },
    isRetryable: false,
  },
  IDENTITY_KEY_WAITS: {
    meaning: {
      en: 'A further key of this kind waits already for its date.',
      fr: 'Une clé suivante de cette sorte attend déjà sa date.',
    },
    remedy: {
      en: 'Wait for that date, or rotate with a shorter --overlap; raccord identity list shows it.',
      fr: 'Attendez cette date ou choisissez un --overlap plus court ; raccord identity list la donne.',
    },
    isRetryable: false,
  },
  PARTNER_FOLDER_INCOMPLETE: {
    meaning: {
      en: 'A partner folder lacks something that sending needs.',
      fr: 'Il manque à un dossier de partenaire un élément nécessaire à l’envoi.',
    },
    remedy: {
      en: 'Make it again with raccord certs make, and fill in connection.json.',
      fr: 'Recréez-le avec raccord certs make, et complétez connection.json.',
    },
    isRetryable: false,
  },
  JOURNAL_UNAVAILABLE: {
    meaning: {
      en: 'The journal could not be read or written.',
      fr: 'Le journal n’a pas pu être lu ou écrit.',
    },
    remedy: {
      en: 'Check the disk and the log, then start again; what was not recorded was not acknowledged.',
      fr: 'Vérifiez le disque et les traces, puis relancez ; rien d’acquitté n’est perdu.',
    },
    isRetryable: true,
  },
  QUEUE_UNAVAILABLE: {
    meaning: {
      en: 'The work queue could not be reached, or is not fit for its work.',
      fr: 'La file de travail est injoignable ou ne convient pas.',
    },
    remedy: {
      en: 'Check the server of queue.url; flows are accepted meanwhile, and processed once it is back.',
      fr: 'Vérifiez le serveur de queue.url ; les flux sont acceptés et seront traités à son retour.',
    },
    isRetryable: true,
  },
  PAYLOAD_MISSING: {
    meaning: {
      en: 'A recorded payload is not in the store, or its bytes differ from its address.',
      fr: 'Un contenu enregistré est absent du stockage ou différent de son empreinte.',
    },
    remedy: {
      en: 'Restore the payload folder from its backup; the file is named by its SHA-256.',
      fr: 'Restaurez le dossier des contenus ; le fichier porte le nom de son SHA-256.',
    },
    isRetryable: false,
  },
  PAYLOAD_ON_ITS_WAY: {
    meaning: {
      en: 'A payload is still on the machine that received it, on its way to the payload store.',
      fr: 'Un contenu est encore sur la machine qui l’a reçu, en route vers le stockage.',
    },
    remedy: {
      en: 'Nothing, while that machine runs and reaches the store; else start it again with its data folder.',
      fr: 'Rien, tant que cette machine tourne et joint le stockage ; sinon relancez-la avec son dossier de données.',
    },
    isRetryable: true,
  },
  RETURN_FLOW_GONE: {
    meaning: {
      en: 'A return flow was asked for that is not, or no longer, offered to this connection.',
      fr: 'Le flux retour demandé n’est pas, ou plus, proposé à ce raccordement.',
    },
    remedy: {
      en: 'List the retrieval box again; an operator can offer the return flow once more.',
      fr: 'Listez à nouveau la boîte de retrait ; un exploitant peut le proposer de nouveau.',
    },
    isRetryable: false,
  },
  STORE_UNAVAILABLE: {
    meaning: {
      en: 'The payload store could not be reached, or has failed.',
      fr: 'Le stockage des contenus est injoignable ou en échec.',
    },
    remedy: {
      en: 'Check the server of payloads.url; flows are accepted meanwhile, and processed once it is back.',
      fr: 'Vérifiez le serveur de payloads.url ; les flux sont acceptés et seront traités à son retour.',
    },
    isRetryable: true,
  },
  STORE_UNFIT: {
    meaning: {
      en: 'The payload store refuses this gateway, or is not the one of its journal.',
      fr: 'Le stockage des contenus refuse cette passerelle, ou n’est pas celui de son journal.',
    },
    remedy: {
      en: 'Correct payloads.url: every process of one journal has the same store.',
      fr: 'Corrigez payloads.url : tous les processus d’un même journal ont le même stockage.',
    },
    isRetryable: true,
  },
  STORE_FULL: {
    meaning: {
      en: 'The disk has no room left, or less than the configured floor.',
      fr: 'Le disque est plein, ou sous le seuil configuré.',
    },
    remedy: {
      en: 'Free some room; partners are refused until then and lose nothing.',
      fr: 'Libérez de la place ; les partenaires sont refusés d’ici là, sans perte.',
    },
    isRetryable: true,
  },
  API_NOT_FOUND: {
    meaning: { en: 'There is no such resource.', fr: 'Cette ressource n’existe pas.' },
    remedy: {
      en: 'Check the id; the list of its kind shows what exists (raccord flows list, users list…).',
      fr: 'Vérifiez l’identifiant ; la liste de son genre montre ce qui existe (raccord flows list, users list…).',
    },
    isRetryable: false,
  },
  API_REQUEST_INVALID: {
    meaning: { en: 'The request has faults.', fr: 'La requête comporte des erreurs.' },
    remedy: {
      en: 'Correct each member that is named.',
      fr: 'Corrigez chaque élément cité.',
    },
    isRetryable: false,
  },
  API_BODY_TOO_LARGE: {
    meaning: {
      en: 'The body of the request is larger than this route takes.',
      fr: 'Le corps de la requête dépasse la taille admise ici.',
    },
    remedy: {
      en: 'Send less at a time; docs/api.md has the limits.',
      fr: 'Envoyez-en moins à la fois ; docs/api.md donne les limites.',
    },
    isRetryable: false,
  },
  API_MEDIA_TYPE_REFUSED: {
    meaning: {
      en: 'The body of the request is of a kind that this route does not read.',
      fr: 'Le corps de la requête est d’un type que cette ressource ne lit pas.',
    },
    remedy: {
      en: 'Set Content-Type to one of the types that are named.',
      fr: 'Indiquez dans Content-Type un des types cités.',
    },
    isRetryable: false,
  },
  API_AMBIGUOUS: {
    meaning: {
      en: 'The name given fits more than one resource.',
      fr: 'Le nom donné désigne plusieurs ressources.',
    },
    remedy: { en: 'Give more of the id.', fr: 'Donnez une plus grande partie de l’identifiant.' },
    isRetryable: false,
  },
  API_METHOD_REFUSED: {
    meaning: {
      en: 'The resource exists, but not for this HTTP method.',
      fr: 'La ressource existe, mais pas pour cette méthode HTTP.',
    },
    remedy: {
      en: 'Use one of the methods in the Allow header.',
      fr: 'Utilisez une des méthodes de l’en-tête Allow.',
    },
    isRetryable: false,
  },
  API_PRECONDITION_MISSING: {
    meaning: {
      en: 'The request would replace a document without saying which version of it was seen.',
      fr: 'La requête remplacerait un document sans dire quelle version en a été vue.',
    },
    remedy: {
      en: 'Send If-Match with the ETag of the document, or If-Match: * for whatever it is now.',
      fr: 'Envoyez If-Match avec l’ETag du document, ou If-Match: * pour sa version actuelle.',
    },
    isRetryable: false,
  },
  API_BUSY: {
    meaning: {
      en: 'As many of these are under way as the gateway does at once.',
      fr: 'La passerelle n’en fait pas davantage à la fois.',
    },
    remedy: {
      en: 'Close one, or try again later.',
      fr: 'Fermez-en un, ou réessayez plus tard.',
    },
    isRetryable: true,
  },
  PERMISSION_DENIED: {
    meaning: {
      en: 'Whoever asks may not do this, or not for this structure.',
      fr: 'Le demandeur n’y est pas autorisé, ou pas pour cette structure.',
    },
    remedy: {
      en: 'Ask a manager of the structure for a right on its area, or an administrator for a role.',
      fr: 'Demandez un droit sur l’espace à un gestionnaire de la structure, ou un rôle à un administrateur.',
    },
    isRetryable: false,
  },
  CSRF_MISSING: {
    meaning: {
      en: 'A write of a signed-in person lacks the token of its session, or comes from another site.',
      fr: 'Une écriture d’une personne connectée est sans le jeton de sa session, ou vient d’un autre site.',
    },
    remedy: {
      en: 'Send the csrfToken of GET /api/v1/session in X-CSRF-Token, from the address of the gateway.',
      fr: 'Envoyez le csrfToken de GET /api/v1/session dans X-CSRF-Token, depuis l’adresse de la passerelle.',
    },
    isRetryable: false,
  },
  API_TOKEN_REFUSED: {
    meaning: {
      en: 'The request carries no token, or not the right one.',
      fr: 'La requête ne porte pas de jeton, ou pas le bon.',
    },
    remedy: {
      en: 'Use the token in run.json of the data folder, by RACCORD_TOKEN or --token.',
      fr: 'Utilisez le jeton du fichier run.json du dossier de données, par RACCORD_TOKEN ou --token.',
    },
    isRetryable: false,
  },
  SIGN_IN_REFUSED: {
    meaning: {
      en: 'Login or password are wrong, or this account cannot be used.',
      fr: 'Identifiant ou mot de passe erroné, ou compte inutilisable.',
    },
    remedy: {
      en: 'Try again, or ask an administrator for a new password.',
      fr: 'Réessayez ou demandez un nouveau mot de passe à un administrateur.',
    },
    isRetryable: false,
  },
  TOO_MANY_TRIES: {
    meaning: {
      en: 'Too many tries failed for this login or from this address.',
      fr: 'Trop d’essais ont échoué pour cet identifiant ou depuis cette adresse.',
    },
    remedy: {
      en: 'Wait as long as the answer says, then try again.',
      fr: 'Attendez le temps indiqué dans la réponse, puis réessayez.',
    },
    isRetryable: true,
  },
  PASSWORD_REFUSED: {
    meaning: {
      en: 'The new password is too easy to guess.',
      fr: 'Le nouveau mot de passe est trop facile à deviner.',
    },
    remedy: {
      en: 'Choose a longer one, without your names: several unrelated words will do.',
      fr: 'Choisissez-en un plus long, sans vos noms : plusieurs mots sans lien conviennent.',
    },
    isRetryable: false,
  },
  SETUP_REFUSED: {
    meaning: {
      en: 'The one-time secret for the first administrator is wrong, used, or too old.',
      fr: 'Le secret à usage unique du premier administrateur est erroné, utilisé ou périmé.',
    },
    remedy: {
      en: 'Start the gateway again for another one, or use the token in run.json.',
      fr: 'Relancez la passerelle pour en obtenir un autre, ou utilisez le jeton de run.json.',
    },
    isRetryable: false,
  },
  ACCOUNT_CONFLICT: {
    meaning: {
      en: 'The present state of the account, structure or request does not allow this.',
      fr: 'L’état actuel du compte, de la structure ou de la demande ne le permet pas.',
    },
    remedy: {
      en: 'Read it again: it may be done already, or something has to come first.',
      fr: 'Relisez-le : c’est peut-être déjà fait, ou une étape manque.',
    },
    isRetryable: false,
  },
  ACCOUNT_CHANGED: {
    meaning: {
      en: 'Somebody else changed it since you read it.',
      fr: 'Quelqu’un d’autre l’a modifié depuis votre lecture.',
    },
    remedy: {
      en: 'Read it again and repeat your change on what it is now.',
      fr: 'Relisez-le et refaites votre modification sur son état actuel.',
    },
    isRetryable: false,
  },
  STRUCTURE_READ_ONLY: {
    meaning: {
      en: 'In qualification structures cannot be made or changed, in production none can be generated.',
      fr: 'En qualification, aucune structure ne se crée ni ne se modifie ; en production, aucune ne se génère.',
    },
    remedy: {
      en: 'In qualification generate a data set of fictional structures; in production an administrator writes them.',
      fr: 'En qualification, générez un matelas de données ; en production, un administrateur les saisit.',
    },
    isRetryable: false,
  },
  ANTIVIRUS_UNAVAILABLE: {
    meaning: {
      en: 'The antivirus could not be asked; the flow waits for it.',
      fr: 'L’antivirus n’a pas pu être interrogé ; le flux attend.',
    },
    remedy: {
      en: 'Start clamd, correct antivirus.clamd, or raise its StreamMaxLength above the size of a flow.',
      fr: 'Démarrez clamd, corrigez antivirus.clamd ou relevez son StreamMaxLength au-delà de la taille d’un flux.',
    },
    isRetryable: true,
  },
  NOT_IN_PRODUCTION: {
    meaning: {
      en: 'This only exists in qualification.',
      fr: 'Ceci n’existe qu’en qualification.',
    },
    remedy: {
      en: 'Use a gateway whose environment is qualification.',
      fr: 'Utilisez une passerelle dont l’environnement est la qualification.',
    },
    isRetryable: false,
  },
  INTERNAL: {
    meaning: {
      en: 'Something happened that the gateway did not foresee.',
      fr: 'Un évènement imprévu s’est produit dans la passerelle.',
    },
    remedy: {
      en: 'Report it with the log lines around it.',
      fr: 'Signalez-le avec les traces qui l’entourent.',
    },
    isRetryable: true,
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** One thing wrong with what was asked, by member: a problem document lists them in `errors`. */
export interface ErrorDetail {
  /** Dotted path: `contact.email`, `limit`; empty = the whole. */
  readonly field: string
  readonly code?: string
  readonly message: BilingualText
  readonly remedy?: BilingualText
}

/** Thrown when something is broken; a refusal of what a partner sent is a value instead. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly remedy: string
  readonly details: readonly ErrorDetail[]
  /** When it is worth trying again, where that is known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly remedy?: string
      readonly cause?: unknown
      readonly details?: readonly ErrorDetail[]
      readonly retryAfterSeconds?: number
    } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'GatewayError'
    this.code = code
    this.remedy = options.remedy ?? ERRORS[code].remedy.en
    this.details = options.details ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get isRetryable(): boolean {
    return ERRORS[this.code].isRetryable
  }
}
