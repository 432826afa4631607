import type { FindingRow } from './certificate-findings.ts'

/** Whether the certificate does for its use: rows of purpose, key, signature, level, uniqueness. */
export const FITNESS_FINDINGS = {
  PURPOSE_FITS: {
    check: 'purpose',
    outcome: 'pass',
    reason: {
      en: 'Extended key usage {wanted} and key usage fit.',
      fr: 'L’usage étendu {wanted} et l’usage de clé conviennent.',
    },
  },
  EXTENDED_USAGE_ABSENT: {
    check: 'purpose',
    outcome: 'warning',
    reason: {
      en: 'The certificate names no extended key usage; {wanted} is expected.',
      fr: 'Le certificat n’indique aucun usage étendu ; {wanted} est attendu.',
    },
    remedy: {
      en: 'Ask for {wanted} at the next issue.',
      fr: 'Demandez {wanted} à la prochaine émission.',
    },
  },
  EXTENDED_USAGE_WRONG: {
    check: 'purpose',
    outcome: 'fail',
    reason: {
      en: 'The extended key usage lacks {wanted}; it has {found}.',
      fr: 'L’usage étendu ne comporte pas {wanted} ; il comporte {found}.',
    },
    remedy: {
      en: 'Have a certificate issued for this use: server = TLS server authentication, client = TLS client authentication of an application.',
      fr: 'Faites établir un certificat pour cet usage : serveur = authentification serveur TLS, client = authentification client TLS d’une application.',
    },
  },
  EMAIL_PROTECTION_ABSENT: {
    check: 'purpose',
    outcome: 'warning',
    reason: {
      en: 'The extended key usage lacks emailProtection; some AS2 products then refuse to sign or encrypt with it.',
      fr: 'L’usage étendu ne comporte pas emailProtection ; certains produits AS2 refusent alors de signer ou chiffrer avec lui.',
    },
    remedy: {
      en: 'Ask for emailProtection besides serverAuth at the next issue.',
      fr: 'Demandez emailProtection en plus de serverAuth à la prochaine émission.',
    },
  },
  KEY_USAGE_ABSENT: {
    check: 'purpose',
    outcome: 'warning',
    reason: {
      en: 'The certificate names no key usage; {wanted} is expected.',
      fr: 'Le certificat n’indique aucun usage de clé ; {wanted} est attendu.',
    },
    remedy: {
      en: 'Ask for {wanted} at the next issue.',
      fr: 'Demandez {wanted} à la prochaine émission.',
    },
  },
  KEY_USAGE_WRONG: {
    check: 'purpose',
    outcome: 'fail',
    reason: {
      en: 'The key usage lacks {wanted}; it has {found}.',
      fr: 'L’usage de clé ne comporte pas {wanted} ; il comporte {found}.',
    },
    remedy: {
      en: 'Have a certificate issued whose key usage has {wanted}.',
      fr: 'Faites établir un certificat dont l’usage de clé comporte {wanted}.',
    },
  },
  KEY_GOOD: {
    check: 'key',
    outcome: 'pass',
    reason: { en: '{key}.', fr: '{key}.' },
  },
  RSA_WEAK: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: fewer than 2048 bits.',
      fr: '{key} : moins de 2048 bits.',
    },
    remedy: { en: 'Make a key of 3072 bits.', fr: 'Créez une clé de 3072 bits.' },
  },
  RSA_SHORT: {
    check: 'key',
    outcome: 'warning',
    reason: {
      en: '{key}: accepted; 3072 bits are advised.',
      fr: '{key} : acceptée ; 3072 bits sont conseillés.',
    },
    remedy: {
      en: 'Make the next one longer: 3072 bits or more.',
      fr: 'Prévoyez 3072 bits ou plus pour la prochaine.',
    },
  },
  RSA_UNUSABLE: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: its modulus is over 16384 bits, or its exponent is none of an RSA key.',
      fr: '{key} : son module dépasse 16384 bits, ou son exposant n’est pas celui d’une clé RSA.',
    },
    remedy: { en: 'Make a key of 3072 bits.', fr: 'Créez une clé de 3072 bits.' },
  },
  EC_WEAK: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: weaker than P-256.',
      fr: '{key} : plus faible que P-256.',
    },
    remedy: { en: 'Use P-256, P-384 or P-521.', fr: 'Utilisez P-256, P-384 ou P-521.' },
  },
  EC_UNUSUAL: {
    check: 'key',
    outcome: 'warning',
    reason: {
      en: '{key}: few programs know this curve.',
      fr: '{key} : peu de logiciels connaissent cette courbe.',
    },
    remedy: { en: 'Use P-256, P-384 or P-521.', fr: 'Utilisez P-256, P-384 ou P-521.' },
  },
  EC_EXPLICIT: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: 'The key spells the numbers of its curve instead of its name, which RFC 5480 forbids.',
      fr: 'La clé détaille les nombres de sa courbe au lieu de son nom, ce que la RFC 5480 interdit.',
    },
    remedy: {
      en: 'Make the key with a named curve: openssl ecparam -name prime256v1 -param_enc named_curve -genkey',
      fr: 'Créez la clé avec une courbe nommée : openssl ecparam -name prime256v1 -param_enc named_curve -genkey',
    },
  },
  NOT_RSA_ON_SFTP: {
    check: 'key',
    outcome: 'warning',
    reason: {
      en: '{key}: works here; the real gateway takes RSA keys only for SFTP.',
      fr: '{key} : fonctionne ici ; la passerelle réelle n’accepte que des clés RSA en SFTP.',
    },
    remedy: {
      en: 'Use an RSA key of 3072 bits before going to production.',
      fr: 'Utilisez une clé RSA de 3072 bits avant de passer en production.',
    },
  },
  NOT_RSA_ON_SFTP_REFUSED: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: SFTP takes RSA keys only.',
      fr: '{key} : SFTP n’accepte que des clés RSA.',
    },
    remedy: { en: 'Make an RSA key of 3072 bits.', fr: 'Créez une clé RSA de 3072 bits.' },
  },
  NO_SSH_FORM: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: SSH has no form for this kind of key.',
      fr: '{key} : SSH n’a pas de forme pour ce type de clé.',
    },
    remedy: { en: 'Make an RSA key of 3072 bits.', fr: 'Créez une clé RSA de 3072 bits.' },
  },
  EC_ON_AS2: {
    check: 'key',
    outcome: 'warning',
    reason: {
      en: '{key}: RSA key transport is impossible; messages can be encrypted for it by ECDH only, which few AS2 products do.',
      fr: '{key} : le transport de clé RSA est impossible ; on ne peut chiffrer pour elle que par ECDH, que peu de produits AS2 pratiquent.',
    },
    remedy: {
      en: 'Use an RSA key of 3072 bits, unless both sides know ECDH.',
      fr: 'Utilisez une clé RSA de 3072 bits, sauf si les deux côtés pratiquent ECDH.',
    },
  },
  KEY_TYPE_REFUSED: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: '{key}: this protocol takes RSA and EC keys only.',
      fr: '{key} : ce protocole n’accepte que des clés RSA et EC.',
    },
    remedy: { en: 'Make an RSA key of 3072 bits.', fr: 'Créez une clé RSA de 3072 bits.' },
  },
  AUTHORITY_KEY_WEAK: {
    check: 'key',
    outcome: 'fail',
    reason: {
      en: 'The key of the authority {subject} is too weak ({key}).',
      fr: 'La clé de l’autorité {subject} est trop faible ({key}).',
    },
    remedy: {
      en: 'Have the certificate issued by another authority.',
      fr: 'Faites établir le certificat par une autre autorité.',
    },
  },
  SIGNATURE_GOOD: {
    check: 'signature',
    outcome: 'pass',
    reason: { en: 'Signed with {algorithm}.', fr: 'Signé avec {algorithm}.' },
  },
  SIGNATURE_WEAK: {
    check: 'signature',
    outcome: 'fail',
    reason: {
      en: '{subject} is signed with {algorithm}, which can be forged.',
      fr: '{subject} est signé avec {algorithm}, falsifiable.',
    },
    remedy: {
      en: 'Have it issued with SHA-256 or better.',
      fr: 'Faites-le établir avec SHA-256 ou mieux.',
    },
  },
  SIGNATURE_UNKNOWN: {
    check: 'signature',
    outcome: 'fail',
    reason: {
      en: '{subject} is signed with an algorithm that is not known here: {algorithm}.',
      fr: '{subject} est signé avec un algorithme inconnu ici : {algorithm}.',
    },
    remedy: {
      en: 'Have it issued with RSA or ECDSA and SHA-256.',
      fr: 'Faites-le établir avec RSA ou ECDSA et SHA-256.',
    },
  },
  LEVEL_FOUND: {
    check: 'level',
    outcome: 'pass',
    reason: { en: '{level}.', fr: '{level}.' },
  },
  LEVEL_TEST: {
    check: 'level',
    outcome: 'pass',
    reason: {
      en: 'A certificate of the test authority has no level. [simulated]',
      fr: 'Un certificat de l’autorité de test n’a pas de niveau. [simulated]',
    },
  },
  LEVEL_UNKNOWN: {
    check: 'level',
    outcome: 'warning',
    reason: {
      en: 'None of its policies ({policies}) is known as RGS one star or better, or as a qualified website certificate (QWAC), which the real gateway asks for.',
      fr: 'Aucune de ses politiques ({policies}) n’est connue comme RGS une étoile au moins, ni comme certificat qualifié de site web (QWAC), que demande la passerelle réelle.',
    },
    remedy: {
      en: 'Ask the issuer for its level; an operator adds the policies of RGS issuers to certs.rgsPolicies.',
      fr: 'Demandez son niveau à l’émetteur ; un opérateur ajoute les politiques des émetteurs RGS à certs.rgsPolicies.',
    },
  },
  UNIQUE: {
    check: 'uniqueness',
    outcome: 'pass',
    reason: {
      en: 'No other connection has this certificate or its key.',
      fr: 'Aucun autre raccordement n’a ce certificat ni sa clé.',
    },
  },
  CERTIFICATE_TAKEN: {
    check: 'uniqueness',
    outcome: 'fail',
    reason: {
      en: 'The certificate already serves another connection: one certificate serves one connection only.',
      fr: 'Le certificat sert déjà un autre raccordement : un certificat ne sert qu’un seul raccordement.',
    },
    remedy: {
      en: 'Have another certificate issued, for another key.',
      fr: 'Faites établir un autre certificat, pour une autre clé.',
    },
  },
  KEY_TAKEN: {
    check: 'uniqueness',
    outcome: 'fail',
    reason: {
      en: 'The key serves another connection under another certificate; SFTP knows a partner by its key.',
      fr: 'La clé sert un autre raccordement sous un autre certificat ; SFTP reconnaît un partenaire à sa clé.',
    },
    remedy: {
      en: 'Make another key and have a certificate issued for it.',
      fr: 'Créez une autre clé et faites établir un certificat pour elle.',
    },
  },
  AS2_KEY_TAKEN: {
    check: 'uniqueness',
    outcome: 'fail',
    reason: {
      en: 'The key serves another connection with the same AS2 identifier: a signature would not say which one sent.',
      fr: 'La clé sert un autre raccordement de même identifiant AS2 : la signature ne dirait pas lequel a émis.',
    },
    remedy: {
      en: 'Make another key and have a certificate issued for it, or use another AS2 identifier.',
      fr: 'Créez une autre clé et faites établir un certificat pour elle, ou changez d’identifiant AS2.',
    },
  },
  KEY_SHARED: {
    check: 'uniqueness',
    outcome: 'warning',
    reason: {
      en: 'The key serves another connection under another certificate.',
      fr: 'La clé sert un autre raccordement sous un autre certificat.',
    },
    remedy: {
      en: 'Use one key per connection: losing one then closes one only.',
      fr: 'Utilisez une clé par raccordement : une perte n’en ferme alors qu’un seul.',
    },
  },
  IN_ANOTHER_DRAFT: {
    check: 'uniqueness',
    outcome: 'warning',
    reason: {
      en: 'A form that is not sent yet has this certificate or its key too: the first one sent has it for itself.',
      fr: 'Un formulaire pas encore envoyé a aussi ce certificat ou sa clé : le premier envoyé l’a pour lui seul.',
    },
    remedy: {
      en: 'Send yours, if the certificate is yours; if the other draft is yours as well, take it out there.',
      fr: 'Envoyez le vôtre, si le certificat est à vous ; si l’autre brouillon est aussi à vous, retirez-l’en.',
    },
  },
  UNIQUENESS_OFF: {
    check: 'uniqueness',
    outcome: 'not-checked',
    reason: {
      en: 'No connections to compare with: the gateway does this when the file is given to it.',
      fr: 'Aucun raccordement à comparer : la passerelle le fait au dépôt du fichier.',
    },
  },
} as const satisfies Record<string, FindingRow>
