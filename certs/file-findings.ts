import type { FindingRow } from './certificate-findings.ts'

/**
 * What the file itself turns out to be: rows of the checks parse, count and end-entity.
 * `{file}`, and `{pem}` and `{p7b}` that it is turned into, are safe in a shell.
 */
export const FILE_FINDINGS = {
  READ: {
    check: 'parse',
    outcome: 'pass',
    reason: {
      en: 'PKCS#7 file read; certificates in it: {count}.',
      fr: 'Fichier PKCS#7 lu ; certificats présents : {count}.',
    },
  },
  READ_PEM: {
    check: 'parse',
    outcome: 'warning',
    reason: {
      en: 'PEM certificates read: {count}. The portal takes one PKCS#7 file with the complete chain.',
      fr: 'Certificats PEM lus : {count}. Le portail attend un seul fichier PKCS#7 avec la chaîne complète.',
    },
    remedy: {
      en: 'Convert it: openssl crl2pkcs7 -nocrl -certfile {file} -out {p7b}',
      fr: 'Convertissez-le : openssl crl2pkcs7 -nocrl -certfile {file} -out {p7b}',
    },
  },
  READ_DER: {
    check: 'parse',
    outcome: 'warning',
    reason: {
      en: 'One DER certificate read. The portal takes one PKCS#7 file with the complete chain.',
      fr: 'Un certificat DER lu. Le portail attend un seul fichier PKCS#7 avec la chaîne complète.',
    },
    remedy: {
      en: 'Convert it: openssl x509 -inform DER -in {file} -out {pem}, append the PEM certificates of its issuers, then openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}',
      fr: 'Convertissez-le : openssl x509 -inform DER -in {file} -out {pem}, ajoutez à la suite les certificats PEM de ses émetteurs, puis openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}',
    },
  },
  READ_SIGNED_MESSAGE: {
    check: 'parse',
    outcome: 'warning',
    reason: {
      en: 'The PKCS#7 file is a signed message; only its certificates were taken.',
      fr: 'Le fichier PKCS#7 est un message signé ; seuls ses certificats ont été repris.',
    },
    remedy: {
      en: 'Give a file that holds certificates only: openssl crl2pkcs7 -nocrl -certfile CHAIN.pem -out CHAIN.p7b',
      fr: 'Déposez un fichier qui ne contient que des certificats : openssl crl2pkcs7 -nocrl -certfile CHAINE.pem -out CHAINE.p7b',
    },
  },
  FILE_EMPTY: {
    check: 'parse',
    outcome: 'fail',
    reason: { en: 'The file is empty.', fr: 'Le fichier est vide.' },
    remedy: { en: 'Export it again.', fr: 'Exportez-le à nouveau.' },
  },
  FILE_TOO_LARGE: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is larger than a certificate and its chain can be (256 KiB); it was not read.',
      fr: 'Le fichier dépasse la taille possible d’un certificat et de sa chaîne (256 Kio) ; il n’a pas été lu.',
    },
    remedy: {
      en: 'Give the certificate and its issuers only, not a list of authorities.',
      fr: 'Ne déposez que le certificat et ses émetteurs, non une liste d’autorités.',
    },
  },
  TOO_MANY_CERTIFICATES: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file holds more than 32 certificates; none was read.',
      fr: 'Le fichier contient plus de 32 certificats ; aucun n’a été lu.',
    },
    remedy: {
      en: 'Give the certificate and its issuers only, not a list of authorities.',
      fr: 'Ne déposez que le certificat et ses émetteurs, non une liste d’autorités.',
    },
  },
  PRIVATE_KEY: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file holds a private key: whoever has it can pass for the partner. It was neither kept nor recorded.',
      fr: 'Le fichier contient une clé privée : qui la détient peut se faire passer pour le partenaire. Elle n’a été ni conservée ni tracée.',
    },
    remedy: {
      en: 'Give the certificates only. If it was sent (to the API, in a browser), the key has left its machine: make a new one, and have the certificate of the old one revoked.',
      fr: 'Ne déposez que les certificats. Si le fichier a été envoyé (à l’API, par un navigateur), la clé est sortie de sa machine : créez-en une nouvelle et faites révoquer le certificat de l’ancienne.',
    },
  },
  PKCS12: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is a PKCS#12 (.p12, .pfx), which carries a private key: whoever has it and its password can pass for the partner. It was neither kept nor recorded.',
      fr: 'Le fichier est un PKCS#12 (.p12, .pfx), qui porte une clé privée : qui la détient avec son mot de passe peut se faire passer pour le partenaire. Il n’a été ni conservé ni tracé.',
    },
    remedy: {
      en: 'Take the certificates out of it, on your machine: openssl pkcs12 -in {file} -nokeys -out {pem}, then openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}. Change the key if its password is weak or known.',
      fr: 'Extrayez-en les certificats, sur votre machine : openssl pkcs12 -in {file} -nokeys -out {pem}, puis openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}. Changez de clé si le mot de passe est faible ou connu.',
    },
  },
  KEY_STORE: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is a Java key store, which may carry a private key: whoever has it can pass for the partner. It was neither kept nor recorded.',
      fr: 'Le fichier est un magasin de clés Java, qui peut porter une clé privée : qui la détient peut se faire passer pour le partenaire. Il n’a été ni conservé ni tracé.',
    },
    remedy: {
      en: 'Take the certificates out of it, on your machine: keytool -list -rfc -alias ALIAS -keystore {file} > {pem}, then openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}',
      fr: 'Extrayez-en les certificats, sur votre machine : keytool -list -rfc -alias ALIAS -keystore {file} > {pem}, puis openssl crl2pkcs7 -nocrl -certfile {pem} -out {p7b}',
    },
  },
  SIGNING_REQUEST: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is a certificate signing request (CSR): no authority has signed it yet.',
      fr: 'Le fichier est une demande de certificat (CSR) : aucune autorité ne l’a encore signée.',
    },
    remedy: {
      en: 'Send it to your issuer and give the certificate that comes back; for tests, raccord certs make gives one.',
      fr: 'Adressez-la à votre émetteur et déposez le certificat obtenu ; pour des essais, raccord certs make en fournit un.',
    },
  },
  REVOCATION_LIST: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is a list of revoked certificates (CRL).',
      fr: 'Le fichier est une liste de certificats révoqués (CRL).',
    },
    remedy: {
      en: 'Give the certificate and its chain. An operator sets lists by certs.revocationLists.',
      fr: 'Déposez le certificat et sa chaîne. Un opérateur indique les listes par certs.revocationLists.',
    },
  },
  SSH_PUBLIC_KEY: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is an SSH public key; the portal takes the key inside a certificate only.',
      fr: 'Le fichier est une clé publique SSH ; le portail ne prend la clé que dans un certificat.',
    },
    remedy: {
      en: 'Have a certificate issued for this key and give it; for tests: raccord certs make --for sftp.',
      fr: 'Faites établir un certificat pour cette clé et déposez-le ; pour des essais : raccord certs make --for sftp.',
    },
  },
  PUBLIC_KEY: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file is a bare public key, not a certificate.',
      fr: 'Le fichier est une clé publique seule, non un certificat.',
    },
    remedy: {
      en: 'Give the certificate that carries this key, with its chain.',
      fr: 'Déposez le certificat qui porte cette clé, avec sa chaîne.',
    },
  },
  NOT_CERTIFICATES: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file holds neither PKCS#7 nor a certificate.',
      fr: 'Le fichier ne contient ni PKCS#7 ni certificat.',
    },
    remedy: {
      en: 'Give a .p7b, .p7c or .spc file: openssl crl2pkcs7 -nocrl -certfile CHAIN.pem -out CHAIN.p7b',
      fr: 'Déposez un fichier .p7b, .p7c ou .spc : openssl crl2pkcs7 -nocrl -certfile CHAINE.pem -out CHAINE.p7b',
    },
  },
  PEM_CUT: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'A PEM block has no end, or what stands in it is not base64: the file was cut or changed.',
      fr: 'Un bloc PEM n’a pas de fin, ou son contenu n’est pas du base64 : le fichier a été coupé ou modifié.',
    },
    remedy: {
      en: 'Copy the file again as it is, without an editor.',
      fr: 'Recopiez le fichier tel quel, sans éditeur.',
    },
  },
  PKCS7_OTHER: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The PKCS#7 file holds something else than certificates (an encrypted or compressed message).',
      fr: 'Le fichier PKCS#7 contient autre chose que des certificats (message chiffré ou compressé).',
    },
    remedy: {
      en: 'Give certificates only: openssl crl2pkcs7 -nocrl -certfile CHAIN.pem -out CHAIN.p7b',
      fr: 'Ne déposez que des certificats : openssl crl2pkcs7 -nocrl -certfile CHAINE.pem -out CHAINE.p7b',
    },
  },
  PKCS7_EMPTY: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The PKCS#7 file holds no certificate.',
      fr: 'Le fichier PKCS#7 ne contient aucun certificat.',
    },
    remedy: {
      en: 'Make it from the certificates: openssl crl2pkcs7 -nocrl -certfile CHAIN.pem -out CHAIN.p7b',
      fr: 'Créez-le à partir des certificats : openssl crl2pkcs7 -nocrl -certfile CHAINE.pem -out CHAINE.p7b',
    },
  },
  DAMAGED: {
    check: 'parse',
    outcome: 'fail',
    reason: {
      en: 'The file starts as PKCS#7 or as a certificate, and cannot be read to its end.',
      fr: 'Le fichier commence comme un PKCS#7 ou un certificat, mais ne se lit pas jusqu’au bout.',
    },
    remedy: {
      en: 'Copy the file again as it is (in binary mode), or ask its issuer for it.',
      fr: 'Recopiez le fichier tel quel (en mode binaire), ou redemandez-le à son émetteur.',
    },
  },
  ONE: {
    check: 'count',
    outcome: 'pass',
    reason: {
      en: 'One certificate of the partner, for the {part} part.',
      fr: 'Un certificat du partenaire, pour la partie {part}.',
    },
  },
  ONE_OF_TWO: {
    check: 'count',
    outcome: 'pass',
    reason: {
      en: 'One certificate of the partner, for the {part} part; PeSIT also has one for the {other} part, in a file of its own.',
      fr: 'Un certificat du partenaire, pour la partie {part} ; PeSIT en demande aussi un pour la partie {other}, dans un autre fichier.',
    },
  },
  DUPLICATES: {
    check: 'count',
    outcome: 'pass',
    reason: {
      en: 'Certificates that stood in the file more than once were counted once: {count}.',
      fr: 'Certificats présents plusieurs fois dans le fichier et comptés une seule fois : {count}.',
    },
  },
  UNRELATED: {
    check: 'count',
    outcome: 'warning',
    reason: {
      en: 'These certificates do not belong to the chain and were left out: {subjects}.',
      fr: 'Ces certificats n’appartiennent pas à la chaîne et ont été écartés : {subjects}.',
    },
    remedy: {
      en: 'Give the certificate and its own issuers only.',
      fr: 'Ne déposez que le certificat et ses propres émetteurs.',
    },
  },
  SEVERAL: {
    check: 'count',
    outcome: 'fail',
    reason: {
      en: 'The file holds several certificates of a partner: {subjects}.',
      fr: 'Le fichier contient plusieurs certificats de partenaire : {subjects}.',
    },
    remedy: {
      en: 'Give one per file, each with its chain (PeSIT: one file for the client, one for the server).',
      fr: 'Déposez-en un par fichier, chacun avec sa chaîne (PeSIT : un fichier pour le client, un pour le serveur).',
    },
  },
  END_ENTITY: {
    check: 'end-entity',
    outcome: 'pass',
    reason: {
      en: '{subject}, serial number {serial}.',
      fr: '{subject}, numéro de série {serial}.',
    },
  },
  SELF_SIGNED_AUTHORITY: {
    check: 'end-entity',
    outcome: 'warning',
    reason: {
      en: '{subject} is self-signed and marked as an authority; taken as the partner’s own for tests.',
      fr: '{subject} est auto-signé et marqué comme autorité ; pris pour celui du partenaire, pour des essais.',
    },
    remedy: {
      en: 'Have a certificate issued; for tests raccord certs make gives one with its chain.',
      fr: 'Faites établir un certificat ; pour des essais, raccord certs make en fournit un avec sa chaîne.',
    },
  },
  SELF_SIGNED_AUTHORITY_REFUSED: {
    check: 'end-entity',
    outcome: 'fail',
    reason: {
      en: '{subject} is self-signed and marked as an authority: it is no certificate of a partner.',
      fr: '{subject} est auto-signé et marqué comme autorité : ce n’est pas un certificat de partenaire.',
    },
    remedy: {
      en: 'Have a certificate issued by an authority of the published lists.',
      fr: 'Faites établir un certificat par une autorité des listes publiées.',
    },
  },
  ONLY_AUTHORITIES: {
    check: 'end-entity',
    outcome: 'fail',
    reason: {
      en: 'The file holds certificates of authorities only: {subjects}.',
      fr: 'Le fichier ne contient que des certificats d’autorités : {subjects}.',
    },
    remedy: {
      en: 'Add the partner’s own certificate, which these authorities issued.',
      fr: 'Ajoutez le certificat du partenaire, émis par ces autorités.',
    },
  },
} as const satisfies Record<string, FindingRow>
