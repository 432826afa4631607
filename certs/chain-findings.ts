import type { FindingRow } from './certificate-findings.ts'

/** Who stands behind the certificate, and when: rows of chain, root, validity, revocation. */
export const CHAIN_FINDINGS = {
  CHAIN_COMPLETE: {
    check: 'chain',
    outcome: 'pass',
    reason: {
      en: 'Chain complete up to {root}; certificates in it: {count}.',
      fr: 'Chaîne complète jusqu’à {root} ; certificats : {count}.',
    },
  },
  CHAIN_REORDERED: {
    check: 'chain',
    outcome: 'pass',
    reason: {
      en: 'The file had it in another order; it was put in order.',
      fr: 'Le fichier la présentait dans un autre ordre ; elle a été remise en ordre.',
    },
  },
  CHAIN_SELF_SIGNED: {
    check: 'chain',
    outcome: 'pass',
    reason: {
      en: 'The certificate is self-signed: its chain is itself.',
      fr: 'Le certificat est auto-signé : il forme sa propre chaîne.',
    },
  },
  CHAIN_COMPLETED: {
    check: 'chain',
    outcome: 'warning',
    reason: {
      en: 'Missing in the file, found among the trusted authorities: {subjects}. The portal takes the complete chain only.',
      fr: 'Absents du fichier, trouvés parmi les autorités de confiance : {subjects}. Le portail n’accepte que la chaîne complète.',
    },
    remedy: {
      en: 'Add the missing certificates to the file.',
      fr: 'Ajoutez au fichier les certificats manquants.',
    },
  },
  CHAIN_LEAF_ONLY: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: 'The file holds the partner’s certificate without its chain; its issuer is {issuer}.',
      fr: 'Le fichier contient le certificat du partenaire sans sa chaîne ; son émetteur est {issuer}.',
    },
    remedy: {
      en: 'Append the PEM certificates of the issuers up to the root, then: openssl crl2pkcs7 -nocrl -certfile CHAIN.pem -out CHAIN.p7b',
      fr: 'Ajoutez les certificats PEM des émetteurs jusqu’à la racine, puis : openssl crl2pkcs7 -nocrl -certfile CHAINE.pem -out CHAINE.p7b',
    },
  },
  CHAIN_INCOMPLETE: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: 'The chain stops at {subject}: the certificate of its issuer {issuer} is missing.',
      fr: 'La chaîne s’arrête à {subject} : le certificat de son émetteur {issuer} manque.',
    },
    remedy: {
      en: 'Add the certificates of the issuers up to the root.',
      fr: 'Ajoutez les certificats des émetteurs jusqu’à la racine.',
    },
  },
  CHAIN_SIGNATURE_WRONG: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: '{subject} was not signed by the key of {issuer} that the file holds.',
      fr: '{subject} n’a pas été signé par la clé de {issuer} que contient le fichier.',
    },
    remedy: {
      en: 'Take the issuer’s certificate that belongs to it (issuers renew theirs under the same name), or a copy that nobody changed.',
      fr: 'Prenez le certificat d’émetteur qui lui correspond (les émetteurs renouvellent le leur sous le même nom), ou une copie non modifiée.',
    },
  },
  ISSUER_NO_AUTHORITY: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: '{subject} has issued a certificate and is not marked as an authority (basic constraints CA).',
      fr: '{subject} a émis un certificat sans être marqué comme autorité (contraintes de base CA).',
    },
    remedy: {
      en: 'Have the certificate issued by an authority.',
      fr: 'Faites établir le certificat par une autorité.',
    },
  },
  ISSUER_MAY_NOT_SIGN: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: 'The key usage of {subject} does not let it sign certificates (keyCertSign).',
      fr: 'L’usage de clé de {subject} ne lui permet pas de signer des certificats (keyCertSign).',
    },
    remedy: {
      en: 'Have the certificate issued by an authority.',
      fr: 'Faites établir le certificat par une autorité.',
    },
  },
  PATH_TOO_LONG: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: '{subject} allows fewer authorities below it than there are (path length {limit}).',
      fr: '{subject} autorise moins d’autorités sous elle qu’il n’y en a (longueur de chemin {limit}).',
    },
    remedy: {
      en: 'Have the certificate issued by an authority that may issue it.',
      fr: 'Faites établir le certificat par une autorité habilitée à l’émettre.',
    },
  },
  CRITICAL_EXTENSION: {
    check: 'chain',
    outcome: 'fail',
    reason: {
      en: '{subject} has a critical extension that is not known here: {oid}.',
      fr: '{subject} porte une extension critique inconnue ici : {oid}.',
    },
    remedy: {
      en: 'Ask the issuer for a certificate without it (RFC 5280 has such a certificate refused).',
      fr: 'Demandez à l’émetteur un certificat sans elle (la RFC 5280 fait refuser un tel certificat).',
    },
  },
  NAME_CONSTRAINTS: {
    check: 'chain',
    outcome: 'warning',
    reason: {
      en: '{subject} limits the names it may issue for; whether this one keeps to them was not looked at.',
      fr: '{subject} limite les noms pour lesquels elle émet ; leur respect n’a pas été vérifié.',
    },
    remedy: {
      en: 'Compare: openssl verify -CAfile CHAIN.pem CERTIFICATE.pem',
      fr: 'Comparez : openssl verify -CAfile CHAINE.pem CERTIFICAT.pem',
    },
  },
  ROOT_TRUSTED: {
    check: 'root',
    outcome: 'pass',
    reason: {
      en: '{subject} is in the trust folder.',
      fr: '{subject} figure au dossier de confiance.',
    },
  },
  ROOT_TEST: {
    check: 'root',
    outcome: 'pass',
    reason: {
      en: '{subject} is this gateway’s test authority; nobody else knows it.',
      fr: '{subject} est l’autorité de test de cette passerelle ; nul autre ne la connaît.',
    },
  },
  ROOT_UNKNOWN: {
    check: 'root',
    outcome: 'warning',
    reason: {
      en: '{subject} is not among the trusted authorities; accepted by certs.unknownRoot = warn.',
      fr: '{subject} ne figure pas parmi les autorités de confiance ; accepté par certs.unknownRoot = warn.',
    },
    remedy: {
      en: 'For production have the certificate issued by an authority of the published lists (docs/certificates.md).',
      fr: 'Pour la production, faites établir le certificat par une autorité des listes publiées (docs/certificates.md).',
    },
  },
  ROOT_UNKNOWN_REFUSED: {
    check: 'root',
    outcome: 'fail',
    reason: {
      en: '{subject} is not among the trusted authorities.',
      fr: '{subject} ne figure pas parmi les autorités de confiance.',
    },
    remedy: {
      en: 'Have the certificate issued by an authority of the published lists; an operator adds roots to certs.trustFolder (docs/certificates.md).',
      fr: 'Faites établir le certificat par une autorité des listes publiées ; un opérateur ajoute des racines à certs.trustFolder (docs/certificates.md).',
    },
  },
  ROOT_NOT_REACHED: {
    check: 'root',
    outcome: 'not-checked',
    reason: {
      en: 'The chain does not reach a root.',
      fr: 'La chaîne n’atteint pas de racine.',
    },
  },
  VALID: {
    check: 'validity',
    outcome: 'pass',
    reason: { en: 'Valid from {from} to {until}.', fr: 'Valide du {from} au {until}.' },
  },
  EXPIRED: {
    check: 'validity',
    outcome: 'fail',
    reason: { en: 'The certificate expired on {until}.', fr: 'Le certificat a expiré le {until}.' },
    remedy: { en: 'Have it renewed.', fr: 'Faites-le renouveler.' },
  },
  EXPIRED_AT_START: {
    check: 'validity',
    outcome: 'fail',
    reason: {
      en: 'The certificate expires on {until}, before the start on {start}.',
      fr: 'Le certificat expire le {until}, avant le début le {start}.',
    },
    remedy: {
      en: 'Have it renewed, or start earlier.',
      fr: 'Faites-le renouveler, ou avancez le début.',
    },
  },
  NOT_YET_VALID: {
    check: 'validity',
    outcome: 'fail',
    reason: {
      en: 'The certificate is not valid before {from}, and the start is on {start}.',
      fr: 'Le certificat n’est pas valide avant le {from}, et le début est le {start}.',
    },
    remedy: {
      en: 'Start later, or check the clock of its issuer.',
      fr: 'Reportez le début, ou vérifiez l’horloge de son émetteur.',
    },
  },
  NOT_YET_VALID_TODAY: {
    check: 'validity',
    outcome: 'warning',
    reason: {
      en: 'The certificate is not valid yet; it will be at the start, from {from} to {until}.',
      fr: 'Le certificat n’est pas encore valide ; il le sera au début, du {from} au {until}.',
    },
    remedy: {
      en: 'Nothing works with it before its first day.',
      fr: 'Rien ne fonctionne avec lui avant son premier jour.',
    },
  },
  EXPIRES_SOON: {
    check: 'validity',
    outcome: 'warning',
    reason: {
      en: 'The certificate expires on {until}: days left from the start: {days}. Exchanges stop then.',
      fr: 'Le certificat expire le {until} : jours restants à compter du début : {days}. Les échanges s’arrêtent alors.',
    },
    remedy: {
      en: 'Have it renewed first; connecting with one about to expire is discouraged.',
      fr: 'Faites-le d’abord renouveler ; un raccordement avec un certificat proche de l’échéance est déconseillé.',
    },
  },
  AUTHORITY_NOT_VALID: {
    check: 'validity',
    outcome: 'fail',
    reason: {
      en: 'The authority {subject} is valid from {from} to {until} only.',
      fr: 'L’autorité {subject} n’est valide que du {from} au {until}.',
    },
    remedy: {
      en: 'Take the issuer’s present certificate, or have a new one issued.',
      fr: 'Prenez le certificat actuel de l’émetteur, ou faites-en établir un nouveau.',
    },
  },
  AUTHORITY_EXPIRES_SOON: {
    check: 'validity',
    outcome: 'warning',
    reason: {
      en: 'The authority {subject} expires on {until}, before the partner’s certificate; exchanges stop then.',
      fr: 'L’autorité {subject} expire le {until}, avant le certificat du partenaire ; les échanges s’arrêtent alors.',
    },
    remedy: {
      en: 'Take the issuer’s renewed certificate when there is one.',
      fr: 'Prenez le certificat renouvelé de l’émetteur dès qu’il existe.',
    },
  },
  NOT_REVOKED: {
    check: 'revocation',
    outcome: 'pass',
    reason: {
      en: 'Not revoked, by lists of each authority of the chain.',
      fr: 'Non révoqué, d’après les listes de chaque autorité de la chaîne.',
    },
  },
  REVOKED: {
    check: 'revocation',
    outcome: 'fail',
    reason: {
      en: '{subject} was revoked on {date}.',
      fr: '{subject} a été révoqué le {date}.',
    },
    remedy: {
      en: 'Make a new key and have a new certificate issued.',
      fr: 'Créez une nouvelle clé et faites établir un nouveau certificat.',
    },
  },
  LIST_MISSING: {
    check: 'revocation',
    outcome: 'warning',
    reason: {
      en: 'No revocation list of {issuer} is at hand.',
      fr: 'Aucune liste de révocation de {issuer} n’est disponible.',
    },
    remedy: {
      en: 'An operator adds it to certs.revocationLists.',
      fr: 'Un opérateur l’ajoute à certs.revocationLists.',
    },
  },
  LIST_EXPIRED: {
    check: 'revocation',
    outcome: 'warning',
    reason: {
      en: 'The revocation list of {issuer} should have been renewed on {date}.',
      fr: 'La liste de révocation de {issuer} devait être renouvelée le {date}.',
    },
    remedy: {
      en: 'An operator fetches the new one.',
      fr: 'Un opérateur récupère la nouvelle.',
    },
  },
  LIST_UNVERIFIED: {
    check: 'revocation',
    outcome: 'warning',
    reason: {
      en: 'The revocation list of {issuer} is not signed by its key, or is of a kind that is not read; it was left out.',
      fr: 'La liste de révocation de {issuer} n’est pas signée par sa clé, ou d’un genre non lu ; elle a été écartée.',
    },
    remedy: {
      en: 'An operator fetches the complete list of that authority.',
      fr: 'Un opérateur récupère la liste complète de cette autorité.',
    },
  },
  REVOCATION_OFF: {
    check: 'revocation',
    outcome: 'not-checked',
    reason: {
      en: 'Revocation lists are not set (certs.revocationLists).',
      fr: 'Aucune liste de révocation n’est indiquée (certs.revocationLists).',
    },
  },
} as const satisfies Record<string, FindingRow>
