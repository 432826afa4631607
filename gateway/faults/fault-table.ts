import type { ErrorCode } from '../errors.ts'
import type { DialogueStep, FaultAction, FaultPoint } from '../faults.ts'
import type { BilingualText, ProtocolName } from '../flow.ts'

/** A value a fault is given. */
export type FaultParameter =
  | {
      readonly kind: 'number'
      readonly unit: string
      readonly default: number
      readonly minimum: number
      readonly maximum: number
    }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'text'; readonly default: string; readonly maxCharacters: number }

export type FaultValues = Readonly<Record<string, number | string>>

/** One fault of the catalogue (console §6). docs/faults-on-demand.md lists the same rows. */
export interface FaultRow {
  /** Where it can be met; `processing` = whatever the protocol was. */
  readonly group: 'any' | 'processing' | ProtocolName
  readonly point: FaultPoint
  readonly parameters: Readonly<Record<string, FaultParameter>>
  readonly label: BilingualText
  /** What is seen of it from outside. */
  readonly seen: BilingualText
  /** Acts only once the transfer is that far. */
  readonly fromBytes?: (values: FaultValues) => number
  /** At the point `dialogue`: acts at such a step only. */
  readonly atStep?: (values: FaultValues, dialogue: DialogueStep) => boolean
  readonly action: (values: FaultValues) => FaultAction
}

const number = (
  unit: string,
  byDefault: number,
  minimum: number,
  maximum: number,
): FaultParameter => ({ kind: 'number', unit, default: byDefault, minimum, maximum })

const choice = (...choices: readonly [string, ...string[]]): FaultParameter => ({
  kind: 'choice',
  default: choices[0],
  choices,
})

const GIB = 1024 ** 3
const BYTES = { bytes: number('bytes', 65_536, 0, GIB) }
const SECONDS = { seconds: number('seconds', 60, 1, 86_400) }

/** Of a PeSIT dialogue, by what is answered there; `create` and `start` are those of a read too. */
export const PESIT_PHASES = [
  'connect',
  'create',
  'open',
  'start',
  'data',
  'end',
  'close',
  'deselect',
  'message',
  'release',
] as const
const POINT = (byDefault: number, minimum: number): FaultParameter =>
  number('sync point', byDefault, minimum, 65_535)

const milliseconds = ({ seconds }: FaultValues): number => Number(seconds) * 1_000
const bytes = (values: FaultValues): number => Number(values['bytes'])
const cut = (): FaultAction => ({ kind: 'cut' })
const wait = (values: FaultValues): FaultAction => ({
  kind: 'delay',
  milliseconds: milliseconds(values),
})
const fail = (code: ErrorCode) => (): FaultAction => ({ kind: 'fail', code })
const refuse = (message: string) => (): FaultAction => ({ kind: 'refuse', message })
/** The action the protocol knows by `name`, with the value of that parameter. */
const answer =
  (name: string, parameter?: string) =>
  (values: FaultValues): FaultAction => ({
    kind: 'answer',
    name,
    ...(parameter === undefined ? {} : { value: String(values[parameter]) }),
  })

export const FAULTS = {
  // --- any protocol ---
  'refuse-connect': {
    group: 'any',
    point: 'accept',
    parameters: {},
    label: { en: 'connections refused', fr: 'connexions refusées' },
    seen: { en: 'The line is reset at once.', fr: 'La ligne est coupée aussitôt.' },
    action: cut,
  },
  hang: {
    group: 'any',
    point: 'accept',
    parameters: {},
    label: { en: 'connections taken, then silence', fr: 'connexions acceptées puis silence' },
    seen: {
      en: 'The line opens and nothing ever comes.',
      fr: 'La ligne s’ouvre et rien ne vient jamais.',
    },
    action: () => ({ kind: 'hang' }),
  },
  'cut-line': {
    group: 'any',
    point: 'accept',
    parameters: BYTES,
    label: { en: 'line cut after some bytes', fr: 'ligne coupée après quelques octets' },
    seen: {
      en: 'The line is reset once the partner has sent so many bytes of any kind.',
      fr: 'La ligne est coupée dès que le partenaire a envoyé ces octets, quels qu’ils soient.',
    },
    action: (values) => ({ kind: 'cut', afterBytes: bytes(values) }),
  },
  'slow-line': {
    group: 'any',
    point: 'accept',
    parameters: { kilobytesPerSecond: number('kB/s', 8, 1, 1_000_000) },
    label: { en: 'slow line', fr: 'ligne lente' },
    seen: {
      en: 'Bytes pass at that speed, both ways together.',
      fr: 'Les octets passent à ce débit, les deux sens ensemble.',
    },
    action: ({ kilobytesPerSecond }) => ({
      kind: 'slow',
      bytesPerSecond: Number(kilobytesPerSecond) * 1_000,
    }),
  },
  'slow-answer': {
    group: 'any',
    point: 'before-acknowledge',
    parameters: SECONDS,
    label: { en: 'receipt late', fr: 'accusé tardif' },
    seen: {
      en: 'The flow is taken, and "received" is said that much later.',
      fr: 'Le flux est pris en charge, et « reçu » n’est dit qu’après ce délai.',
    },
    action: wait,
  },
  'no-answer': {
    group: 'any',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'line cut before the receipt', fr: 'ligne coupée avant l’accusé' },
    seen: {
      en: 'The flow is taken, and the line breaks before "received" is said.',
      fr: 'Le flux est pris en charge, et la ligne tombe avant que « reçu » ne soit dit.',
    },
    action: cut,
  },
  'cut-transfer': {
    group: 'any',
    point: 'data',
    parameters: BYTES,
    label: { en: 'transfer cut', fr: 'transfert coupé' },
    seen: {
      en: 'The line breaks once that much of the flow has come; the partner may resume.',
      fr: 'La ligne tombe après cette part du flux ; le partenaire peut reprendre.',
    },
    fromBytes: bytes,
    action: cut,
  },
  'disk-full': {
    group: 'any',
    point: 'data',
    parameters: BYTES,
    label: { en: 'disk full', fr: 'disque plein' },
    seen: {
      en: 'The transfer is refused as when the gateway has no space left.',
      fr: 'Le transfert est refusé comme quand la passerelle n’a plus de place.',
    },
    fromBytes: bytes,
    action: fail('STORE_FULL'),
  },
  'disk-read-only': {
    group: 'any',
    point: 'open',
    parameters: {},
    label: { en: 'disk read-only', fr: 'disque en lecture seule' },
    seen: {
      en: 'No transfer can be begun: the gateway cannot write.',
      fr: 'Aucun transfert ne peut commencer : la passerelle ne peut écrire.',
    },
    action: fail('STORE_UNAVAILABLE'),
  },
  'journal-away': {
    group: 'any',
    point: 'before-commit',
    parameters: {},
    label: { en: 'journal away', fr: 'journal absent' },
    seen: {
      en: 'The transfer ends, and the gateway says it could not take it: to be sent again.',
      fr: 'Le transfert aboutit, et la passerelle dit n’avoir pu le prendre : à renvoyer.',
    },
    action: fail('JOURNAL_UNAVAILABLE'),
  },
  'certificate-refused': {
    group: 'any',
    point: 'authenticate',
    parameters: { reason: choice('expired', 'not yet valid', 'revoked', 'wrong chain') },
    label: { en: 'certificate refused', fr: 'certificat refusé' },
    seen: {
      en: 'The partner is refused as a stranger; the journal says why its certificate does not hold.',
      fr: 'Le partenaire est refusé comme un inconnu ; le journal dit pourquoi son certificat ne vaut pas.',
    },
    action: ({ reason }) => ({ kind: 'refuse', message: `the certificate is ${reason}` }),
  },
  'connection-off': {
    group: 'any',
    point: 'authenticate',
    parameters: {},
    label: { en: 'connection deactivated', fr: 'raccordement désactivé' },
    seen: {
      en: 'The partner is refused as a stranger.',
      fr: 'Le partenaire est refusé comme un inconnu.',
    },
    action: refuse('the connection is deactivated'),
  },

  // --- SFTP ---
  'sftp-auth-failure': {
    group: 'sftp',
    point: 'authenticate',
    parameters: {},
    label: { en: 'SFTP: key refused', fr: 'SFTP : clé refusée' },
    seen: { en: 'Permission denied (publickey).', fr: 'Permission denied (publickey).' },
    action: refuse('a fault on demand refuses the key'),
  },
  'sftp-host-key': {
    group: 'sftp',
    point: 'accept',
    parameters: {},
    label: { en: 'SFTP: another host key', fr: 'SFTP : autre clé d’hôte' },
    seen: {
      en: 'A client that checks the host key warns and leaves.',
      fr: 'Un client qui vérifie la clé d’hôte avertit et s’en va.',
    },
    action: answer('other-host-key'),
  },
  'sftp-old-algorithms': {
    group: 'sftp',
    point: 'accept',
    parameters: {},
    label: { en: 'SFTP: old algorithms only', fr: 'SFTP : anciens algorithmes seulement' },
    seen: {
      en: 'Only AES-CBC is offered; a modern client finds nothing in common.',
      fr: 'Seul AES-CBC est proposé ; un client moderne ne trouve rien de commun.',
    },
    action: answer('old-algorithms'),
  },
  'sftp-permission-denied': {
    group: 'sftp',
    point: 'open',
    parameters: {},
    label: { en: 'SFTP: permission denied', fr: 'SFTP : permission refusée' },
    seen: { en: 'OPEN answers PERMISSION_DENIED.', fr: 'OPEN répond PERMISSION_DENIED.' },
    action: answer('permission-denied'),
  },
  'sftp-quota': {
    group: 'sftp',
    point: 'data',
    parameters: BYTES,
    label: { en: 'SFTP: quota exceeded', fr: 'SFTP : quota dépassé' },
    seen: {
      en: 'WRITE answers FAILURE, its text says quota.',
      fr: 'WRITE répond FAILURE, son texte dit quota.',
    },
    fromBytes: bytes,
    action: refuse('The quota of this connection is used up.'),
  },
  'sftp-close-failure': {
    group: 'sftp',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'SFTP: failure on close', fr: 'SFTP : échec à la fermeture' },
    seen: {
      en: 'CLOSE (or RENAME) answers FAILURE though the flow was taken: a re-send must count once.',
      fr: 'CLOSE (ou RENAME) répond FAILURE bien que le flux soit pris : un renvoi doit compter une fois.',
    },
    action: refuse('The file was not closed.'),
  },
  'sftp-rename-refused': {
    group: 'sftp',
    point: 'dialogue',
    parameters: {},
    label: { en: 'SFTP: rename refused', fr: 'SFTP : renommage refusé' },
    seen: {
      en: 'RENAME answers FAILURE; the file stays under its temporary name, and no flow is taken.',
      fr: 'RENAME répond FAILURE ; le fichier garde son nom temporaire, et aucun flux n’est pris.',
    },
    atStep: (_values, { step }) => step === 'rename',
    action: refuse('The file was not renamed.'),
  },

  // --- AS2 ---
  'mdn-negative': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {
      disposition: choice(
        'processed/error: decryption-failed',
        'processed/error: authentication-failed',
        'processed/error: integrity-check-failed',
        'processed/error: decompression-failed',
        'processed/error: unexpected-processing-error',
        'processed/error: insufficient-message-security',
        'processed/error: illegal-filename',
        'processed/error: duplicate-filename',
        'failed/failure: unsupported format',
        'failed/failure: unsupported MIC-algorithms',
        'failed/failure: sender-equals-receiver',
        'processed/warning: duplicate-document',
      ),
    },
    label: { en: 'AS2: negative MDN', fr: 'AS2 : MDN négatif' },
    seen: { en: 'The MDN carries that disposition.', fr: 'Le MDN porte cette disposition.' },
    action: answer('mdn-negative', 'disposition'),
  },
  'mdn-unsigned': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'AS2: MDN not signed', fr: 'AS2 : MDN non signé' },
    seen: {
      en: 'A signed MDN was asked for; this one is not.',
      fr: 'Un MDN signé était demandé ; celui-ci ne l’est pas.',
    },
    action: answer('mdn-unsigned'),
  },
  'mdn-bad-signature': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'AS2: MDN with a bad signature', fr: 'AS2 : MDN mal signé' },
    seen: {
      en: 'The signature of the MDN does not verify.',
      fr: 'La signature du MDN ne se vérifie pas.',
    },
    action: answer('mdn-bad-signature'),
  },
  'mdn-wrong-mic': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'AS2: MDN with another MIC', fr: 'AS2 : MDN avec un autre MIC' },
    seen: {
      en: 'The MIC is not that of what was sent.',
      fr: 'Le MIC n’est pas celui de ce qui fut envoyé.',
    },
    action: answer('mdn-wrong-mic'),
  },
  'mdn-wrong-id': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'AS2: MDN on another message', fr: 'AS2 : MDN d’un autre message' },
    seen: {
      en: 'Original-Message-ID names no message of the partner.',
      fr: 'Original-Message-ID ne cite aucun message du partenaire.',
    },
    action: answer('mdn-wrong-id'),
  },
  'mdn-none': {
    group: 'as2',
    point: 'before-acknowledge',
    parameters: {},
    label: { en: 'AS2: 200 without an MDN', fr: 'AS2 : 200 sans MDN' },
    seen: { en: 'HTTP 200 with an empty body.', fr: 'HTTP 200 au corps vide.' },
    action: answer('mdn-none'),
  },
  'mdn-late': {
    group: 'as2',
    point: 'receipt',
    parameters: SECONDS,
    label: { en: 'AS2: asynchronous MDN late', fr: 'AS2 : MDN asynchrone tardif' },
    seen: { en: 'It is sent that much later.', fr: 'Il est envoyé après ce délai.' },
    action: wait,
  },
  'mdn-lost': {
    group: 'as2',
    point: 'receipt',
    parameters: {},
    label: { en: 'AS2: asynchronous MDN lost', fr: 'AS2 : MDN asynchrone perdu' },
    seen: { en: 'It is never sent.', fr: 'Il n’est jamais envoyé.' },
    action: answer('mdn-lost'),
  },
  'mdn-duplicate': {
    group: 'as2',
    point: 'receipt',
    parameters: {},
    label: { en: 'AS2: asynchronous MDN twice', fr: 'AS2 : MDN asynchrone en double' },
    seen: { en: 'It is sent twice.', fr: 'Il est envoyé deux fois.' },
    action: answer('mdn-duplicate'),
  },
  'http-error': {
    group: 'as2',
    point: 'open',
    parameters: { status: choice('500', '503', '403', '429') },
    label: { en: 'AS2: HTTP error', fr: 'AS2 : erreur HTTP' },
    seen: {
      en: 'The POST is answered with that status, nothing is taken.',
      fr: 'Le POST reçoit ce statut, rien n’est pris.',
    },
    action: answer('http-error', 'status'),
  },

  // --- PeSIT ---
  'pesit-refuse-connect': {
    group: 'pesit',
    point: 'authenticate',
    parameters: { diagnostic: { kind: 'text', default: '3/301', maxCharacters: 5 } },
    label: { en: 'PeSIT: CONNECT refused', fr: 'PeSIT : CONNECT refusé' },
    seen: {
      en: 'RCONNECT carries that diagnostic (PI 2).',
      fr: 'RCONNECT porte ce diagnostic (PI 2).',
    },
    action: answer('refuse-connect', 'diagnostic'),
  },
  'pesit-refuse-end': {
    group: 'pesit',
    point: 'before-acknowledge',
    parameters: { diagnostic: { kind: 'text', default: '3/319', maxCharacters: 5 } },
    label: { en: 'PeSIT: end of transfer refused', fr: 'PeSIT : fin de transfert refusée' },
    seen: {
      en: 'ACK(TRANS.END) carries that diagnostic though the flow was taken: a re-send must count once.',
      fr: 'ACK(TRANS.END) porte ce diagnostic bien que le flux soit pris : un renvoi doit compter une fois.',
    },
    action: answer('refuse-end', 'diagnostic'),
  },
  'pesit-unknown-file': {
    group: 'pesit',
    point: 'open',
    parameters: {},
    label: { en: 'PeSIT: unknown file', fr: 'PeSIT : fichier inconnu' },
    seen: {
      en: 'ACK(CREATE) or ACK(SELECT) answers 2/205.',
      fr: 'ACK(CREATE) ou ACK(SELECT) répond 2/205.',
    },
    action: () => ({ kind: 'answer', name: 'unknown-file', value: '2/205' }),
  },
  'pesit-abort': {
    group: 'pesit',
    point: 'dialogue',
    parameters: {
      phase: choice('data', ...PESIT_PHASES.filter((phase) => phase !== 'data')),
      diagnostic: { kind: 'text', default: '3/399', maxCharacters: 5 },
    },
    label: { en: 'PeSIT: ABORT', fr: 'PeSIT : ABORT' },
    seen: {
      en: 'In that phase ABORT comes instead of the answer, with that diagnostic; at the end the flow was taken.',
      fr: 'Dans cette phase ABORT vient au lieu de la réponse, avec ce diagnostic ; à la fin le flux était pris.',
    },
    atStep: ({ phase }, { step }) => step === phase,
    action: answer('abort', 'diagnostic'),
  },
  'pesit-no-sync-answer': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { point: POINT(1, 1) },
    label: { en: 'PeSIT: sync points not answered', fr: 'PeSIT : points de reprise sans réponse' },
    seen: {
      en: 'From that point on no ACK(SYN) comes in the transfer: a full window waits for ever.',
      fr: 'À partir de ce point aucun ACK(SYN) ne vient dans le transfert : une fenêtre pleine attend sans fin.',
    },
    atStep: ({ point }, { step, syncPoint = 0 }) => step === 'sync' && syncPoint >= Number(point),
    action: answer('no-sync-answer'),
  },
  'pesit-resync': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { point: POINT(0, 0) },
    label: { en: 'PeSIT: back to a point', fr: 'PeSIT : retour à un point' },
    seen: {
      en: 'RESYN asks for everything behind that point again, once in the transfer, where it was agreed.',
      fr: 'RESYN redemande tout ce qui suit ce point, une fois dans le transfert, où cela fut convenu.',
    },
    atStep: ({ point }, { step, syncPoint = 0, mayResynchronise = false }) =>
      step === 'sync' && mayResynchronise && syncPoint > Number(point),
    action: answer('resync', 'point'),
  },
  'pesit-restart-point': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { point: POINT(0, 0) },
    label: { en: 'PeSIT: restart from a point', fr: 'PeSIT : reprise à un point' },
    seen: {
      en: 'ACK(WRITE) of a restart names that point, or the last one before it that is held.',
      fr: 'ACK(WRITE) d’une reprise cite ce point, ou le dernier tenu avant lui.',
    },
    atStep: (_values, { step }) => step === 'restart',
    action: answer('restart-point', 'point'),
  },
  'pesit-unknown-point': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { point: POINT(999, 1) },
    label: { en: 'PeSIT: restart from no point', fr: 'PeSIT : reprise à un point inexistant' },
    seen: {
      en: 'ACK(WRITE) names that point, which was never set: the partner has to give up (2/214).',
      fr: 'ACK(WRITE) cite ce point, jamais posé : le partenaire doit renoncer (2/214).',
    },
    atStep: (_values, { step }) => step === 'write',
    action: answer('unknown-point', 'point'),
  },
  'pesit-wrong-checksum': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { phase: choice('end', ...PESIT_PHASES.filter((phase) => phase !== 'end')) },
    label: { en: 'PeSIT: wrong checksum', fr: 'PeSIT : somme de contrôle fausse' },
    seen: {
      en: 'Where the CRC was agreed, the answer of that phase has wrong check bytes; in `data`, what is sent next.',
      fr: 'Où le CRC fut convenu, la réponse de cette phase a de faux octets de contrôle ; en `data`, ce qui suit.',
    },
    atStep: ({ phase }, { step, hasChecksum = false }) => hasChecksum && step === phase,
    action: answer('wrong-checksum'),
  },
  'pesit-too-long': {
    group: 'pesit',
    point: 'dialogue',
    parameters: { what: choice('message', 'article') },
    label: { en: 'PeSIT: message too long', fr: 'PeSIT : message trop long' },
    seen: {
      en: 'A message is refused by ABORT 3/318, an article by IDT 2/220, as one that is too long.',
      fr: 'Un message est refusé par ABORT 3/318, un article par IDT 2/220, comme s’il était trop long.',
    },
    atStep: ({ what }, { step }) => step === (what === 'article' ? 'data' : 'whole-message'),
    action: answer('too-long', 'what'),
  },

  // --- processing ---
  'taken-late': {
    group: 'processing',
    point: 'stage:technical',
    parameters: SECONDS,
    label: { en: 'processing begins late', fr: 'traitement tardif' },
    seen: {
      en: 'The flow stays received for that time before it is taken in charge.',
      fr: 'Le flux reste reçu pendant ce délai avant sa prise en charge.',
    },
    action: wait,
  },
  incident: {
    group: 'processing',
    point: 'stage:decision',
    parameters: {},
    label: { en: 'incident in processing', fr: 'incident de traitement' },
    seen: {
      en: 'The stage fails until the fault ends; it is then tried again.',
      fr: 'L’étape échoue jusqu’à la fin de la panne, puis est reprise.',
    },
    action: fail('INTERNAL'),
  },
  'stage-crash': {
    group: 'processing',
    point: 'stage:format',
    parameters: {},
    label: { en: 'a stage fails once', fr: 'une étape échoue une fois' },
    seen: {
      en: 'The stage fails, is tried again, and counts once.',
      fr: 'L’étape échoue, est reprise, et compte une fois.',
    },
    action: fail('INTERNAL'),
  },
  blocked: {
    group: 'processing',
    point: 'stage:decision',
    parameters: SECONDS,
    label: { en: 'blocked until it is resumed', fr: 'bloqué jusqu’à sa reprise' },
    seen: {
      en: 'The flow waits to be resumed (IN_EN_ATTENTE_RETRAITEMENT_CPP) for that time, then goes on.',
      fr: 'Le flux attend sa reprise (IN_EN_ATTENTE_RETRAITEMENT_CPP) pendant ce délai, puis continue.',
    },
    action: answer('blocked', 'seconds'),
  },
  'seen-twice': {
    group: 'processing',
    point: 'stage:technical',
    parameters: {},
    label: { en: 'a flow is worked on twice', fr: 'un flux est traité deux fois' },
    seen: {
      en: 'The flow is in the queue twice: it is decided once, and one report comes.',
      fr: 'Le flux est deux fois dans la file : il est décidé une fois, et un seul compte rendu vient.',
    },
    action: answer('seen-twice'),
  },
  'invoice-error': {
    group: 'processing',
    point: 'stage:uniqueness',
    parameters: {
      invoice: number('position in the flow', 1, 1, 1_000_000),
      code: choice(
        'ERR_FCT_008',
        'ERR_FCT_001',
        'ERR_FCT_002',
        'ERR_FCT_003',
        'ERR_FCT_004',
        'ERR_FCT_005',
        'ERR_FCT_006',
        'ERR_FCT_007',
        'ERR_PJ_001',
        'ERR_PJ_002',
        'ERR_PJ_003',
        'ERR_PJ_004',
      ),
    },
    label: { en: 'an invoice is refused', fr: 'une facture est rejetée' },
    seen: {
      en: 'That invoice is refused with that code though nothing is wrong with it; its number stays free.',
      fr: 'Cette facture est rejetée avec ce code bien qu’elle soit bonne ; son numéro reste libre.',
    },
    action: ({ invoice, code }) => ({
      kind: 'answer',
      name: 'invoice-error',
      value: `${code} ${invoice}`,
    }),
  },
  'report-late': {
    group: 'processing',
    point: 'report',
    parameters: SECONDS,
    label: { en: 'report late', fr: 'compte rendu tardif' },
    seen: {
      en: 'The flow is decided, and its report can be fetched, or is brought, that much later.',
      fr: 'Le flux est décidé ; son compte rendu n’est à retirer, ou apporté, qu’après ce délai.',
    },
    action: answer('late', 'seconds'),
  },
  'report-never': {
    group: 'processing',
    point: 'report',
    parameters: {},
    label: { en: 'report never offered', fr: 'compte rendu jamais remis' },
    seen: {
      en: 'The flow is decided and no report comes: it is held, until an operator releases it.',
      fr: 'Le flux est décidé et aucun compte rendu ne vient : il est retenu, sauf si un opérateur le libère.',
    },
    action: answer('never'),
  },
  'report-duplicate': {
    group: 'processing',
    point: 'report',
    parameters: {},
    label: { en: 'report delivered twice', fr: 'compte rendu remis deux fois' },
    seen: {
      en: 'Once it is delivered, the report comes again, by the same name and with the same content: it must count once.',
      fr: 'Une fois remis, le compte rendu revient, sous le même nom et au même contenu : il doit compter une fois.',
    },
    action: answer('duplicate'),
  },
  'report-out-of-order': {
    group: 'processing',
    point: 'report',
    parameters: SECONDS,
    label: { en: 'reports out of order', fr: 'comptes rendus dans le désordre' },
    seen: {
      en: 'The report is offered once a later one of the partner is delivered; without one, after that time.',
      fr: 'Le compte rendu n’est remis qu’après un plus récent du même partenaire ; à défaut, après ce délai.',
    },
    action: answer('out-of-order', 'seconds'),
  },
  'report-wrong-reference': {
    group: 'processing',
    point: 'report',
    parameters: {},
    label: { en: 'report on another flow', fr: 'compte rendu d’un autre flux' },
    seen: {
      en: 'By its name the report answers the flow; inside, it says the identifier of another one of the partner.',
      fr: 'Par son nom le compte rendu répond au flux ; dedans, il cite l’identifiant d’un autre flux du partenaire.',
    },
    action: answer('wrong-reference'),
  },
  'report-unknown-status': {
    group: 'processing',
    point: 'report',
    parameters: { status: { kind: 'text', default: '99', maxCharacters: 4 } },
    label: { en: 'report with an unknown status', fr: 'compte rendu au statut inconnu' },
    seen: {
      en: 'IdStatut of the report is a code that nobody has published; everything else is as it should be.',
      fr: 'IdStatut du compte rendu est un code que nul n’a publié ; tout le reste est normal.',
    },
    action: answer('unknown-status', 'status'),
  },
  'life-cycle-unknown-status': {
    group: 'processing',
    point: 'life-cycle',
    parameters: { status: { kind: 'text', default: '99', maxCharacters: 4 } },
    label: {
      en: 'life-cycle flow with an unknown status',
      fr: 'flux de cycle de vie au statut inconnu',
    },
    seen: {
      en: 'The last status that a flow FEN1200A tells is a code that nobody has published; the invoice itself is where it should be.',
      fr: 'Le dernier statut qu’annonce un flux FEN1200A est un code que nul n’a publié ; la facture, elle, est où elle doit être.',
    },
    action: answer('unknown-status', 'status'),
  },
} as const satisfies Record<string, FaultRow>

export type FaultName = keyof typeof FAULTS

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

/** The row of a name that came from outside. */
export function findFault(name: string): FaultRow | undefined {
  return Object.hasOwn(FAULTS, name) ? FAULTS[name as FaultName] : undefined
}

/** Whether a fault can be met on a protocol at all. */
export function actsOn(row: FaultRow, protocol: ProtocolName): boolean {
  return row.group === 'any' || row.group === 'processing' || row.group === protocol
}
