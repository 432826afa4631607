import type { BilingualText } from '../../gateway/flow.ts'

/** What can have happened to an archive, as a partner reads it. */
export interface Damage {
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy: BilingualText
}

const BINARY_MODE: BilingualText = {
  en: 'Transfer in binary mode (FTP: type I; mainframes: no translation, RECFM=U or fixed binary; other tools: no text or automatic mode).',
  fr: 'Transférez en mode binaire (FTP : type I ; grands systèmes : sans traduction ; autres outils : ni mode texte ni mode automatique).',
}
const TAR_AND_GZIP: BilingualText = {
  en: 'Make a tar archive compressed by gzip: tar -czf NAME.tar.gz *.xml. Renaming another archive does not convert it.',
  fr: 'Faites une archive tar compressée par gzip : tar -czf NOM.tar.gz *.xml. Renommer une autre archive ne la convertit pas.',
}

export const DAMAGES = {
  zip: {
    rule: 'ARC-ZIP',
    detail: {
      en: 'It is a zip archive renamed.',
      fr: 'C’est une archive zip renommée.',
    },
    remedy: TAR_AND_GZIP,
  },
  'seven-zip': {
    rule: 'ARC-7Z',
    detail: { en: 'It is a 7-Zip archive renamed.', fr: 'C’est une archive 7-Zip renommée.' },
    remedy: TAR_AND_GZIP,
  },
  rar: {
    rule: 'ARC-RAR',
    detail: { en: 'It is a RAR archive renamed.', fr: 'C’est une archive RAR renommée.' },
    remedy: TAR_AND_GZIP,
  },
  'other-compression': {
    rule: 'ARC-COMPRESSION',
    detail: {
      en: 'It is compressed by another tool than gzip (xz, bzip2, zstd or compress).',
      fr: 'Elle est compressée par un autre outil que gzip (xz, bzip2, zstd ou compress).',
    },
    remedy: TAR_AND_GZIP,
  },
  pdf: {
    rule: 'ARC-PDF',
    detail: { en: 'It is a PDF file.', fr: 'C’est un fichier PDF.' },
    remedy: TAR_AND_GZIP,
  },
  'plain-tar': {
    rule: 'ARC-NOT-COMPRESSED',
    detail: {
      en: 'It is a tar archive that was not compressed.',
      fr: 'C’est une archive tar qui n’a pas été compressée.',
    },
    remedy: { en: 'Compress it by gzip.', fr: 'Compressez-la par gzip.' },
  },
  'bare-xml': {
    rule: 'ARC-BARE-XML',
    detail: {
      en: 'It is an XML file, not an archive.',
      fr: 'C’est un fichier XML, pas une archive.',
    },
    remedy: {
      en: 'Name the flow .xml when it is one bare invoice, or pack it: tar -czf NAME.tar.gz INVOICE.xml.',
      fr: 'Nommez le flux .xml s’il s’agit d’une seule facture, ou archivez-la : tar -czf NOM.tar.gz FACTURE.xml.',
    },
  },
  'web-page': {
    rule: 'ARC-WEB-PAGE',
    detail: {
      en: 'It is a web page, probably an error page saved by a download.',
      fr: 'C’est une page web, sans doute une page d’erreur enregistrée par un téléchargement.',
    },
    remedy: {
      en: 'Check the step that fetches the archive before sending it.',
      fr: 'Vérifiez l’étape qui récupère l’archive avant l’envoi.',
    },
  },
  base64: {
    rule: 'ARC-BASE64',
    detail: {
      en: 'It is a text encoding of an archive (base64, PEM or uuencode).',
      fr: 'C’est le codage texte d’une archive (base64, PEM ou uuencode).',
    },
    remedy: {
      en: 'Decode it and send the binary archive itself.',
      fr: 'Décodez-la et envoyez l’archive binaire elle-même.',
    },
  },
  bom: {
    rule: 'ARC-BOM',
    detail: {
      en: 'A byte order mark (EF BB BF) was put in front of it by a text tool.',
      fr: 'Une marque d’ordre des octets (EF BB BF) a été ajoutée devant par un outil de texte.',
    },
    remedy: {
      en: 'Write the archive as bytes, not through a text writer.',
      fr: 'Écrivez l’archive en octets, sans passer par un outil de texte.',
    },
  },
  'character-set': {
    rule: 'ARC-CHARSET',
    detail: {
      en: 'It was read as text and written again as UTF-8: bytes above 7F were replaced.',
      fr: 'Elle a été lue comme du texte puis réécrite en UTF-8 : les octets au-delà de 7F ont été remplacés.',
    },
    remedy: {
      en: 'Handle the archive as bytes from end to end; what was replaced is lost.',
      fr: 'Traitez l’archive en octets de bout en bout ; ce qui a été remplacé est perdu.',
    },
  },
  ebcdic: {
    rule: 'ARC-EBCDIC',
    detail: {
      en: 'It was translated between ASCII and EBCDIC.',
      fr: 'Elle a été traduite entre ASCII et EBCDIC.',
    },
    remedy: BINARY_MODE,
  },
  'seven-bit': {
    rule: 'ARC-SEVEN-BIT',
    detail: {
      en: 'The eighth bit of its bytes was cleared.',
      fr: 'Le huitième bit de ses octets a été effacé.',
    },
    remedy: BINARY_MODE,
  },
  'crlf-added': {
    rule: 'ARC-TEXT-MODE',
    detail: {
      en: 'It went through a transfer in text mode: a carriage return was added before each line feed (LF became CRLF).',
      fr: 'Elle est passée par un transfert en mode texte : un retour chariot a été ajouté devant chaque saut de ligne (LF devenu CRLF).',
    },
    remedy: BINARY_MODE,
  },
  'cr-removed': {
    rule: 'ARC-TEXT-MODE',
    detail: {
      en: 'It went through a transfer in text mode: carriage returns were taken out or replaced (CRLF became LF).',
      fr: 'Elle est passée par un transfert en mode texte : des retours chariot ont été retirés ou remplacés (CRLF devenu LF).',
    },
    remedy: BINARY_MODE,
  },
  zeros: {
    rule: 'ARC-ZEROS',
    detail: {
      en: 'It holds zero bytes only: room was reserved on disk and nothing was written.',
      fr: 'Elle ne contient que des octets nuls : la place a été réservée sur disque et rien n’a été écrit.',
    },
    remedy: {
      en: 'Send the file once it is written.',
      fr: 'Envoyez le fichier une fois qu’il est écrit.',
    },
  },
  'zeros-at-end': {
    rule: 'ARC-ZEROS',
    detail: {
      en: 'Its end is filled with zero bytes: fixed-length records, or a copy that stopped in room reserved in advance.',
      fr: 'Sa fin est remplie d’octets nuls : enregistrements de longueur fixe, ou copie interrompue dans une place réservée d’avance.',
    },
    remedy: {
      en: 'Transfer the exact length of the archive, without padding.',
      fr: 'Transférez la longueur exacte de l’archive, sans bourrage.',
    },
  },
  'double-gzip': {
    rule: 'ARC-DOUBLE-GZIP',
    detail: {
      en: 'It was compressed by gzip twice.',
      fr: 'Elle a été compressée deux fois par gzip.',
    },
    remedy: {
      en: 'Compress once; tar -z already does.',
      fr: 'Compressez une seule fois ; tar -z le fait déjà.',
    },
  },
  'gzip-of-xml': {
    rule: 'ARC-NOT-TAR',
    detail: {
      en: 'It is an XML file compressed by gzip, without a tar archive around it.',
      fr: 'C’est un fichier XML compressé par gzip, sans archive tar autour.',
    },
    remedy: TAR_AND_GZIP,
  },
  'gzip-of-archive': {
    rule: 'ARC-NOT-TAR',
    detail: {
      en: 'It is another kind of archive (zip, 7-Zip or RAR) compressed by gzip.',
      fr: 'C’est une archive d’un autre type (zip, 7-Zip ou RAR) compressée par gzip.',
    },
    remedy: TAR_AND_GZIP,
  },
} as const satisfies Record<string, Damage>

export type DamageName = keyof typeof DAMAGES
