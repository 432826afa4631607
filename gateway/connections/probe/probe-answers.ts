import type { BilingualText } from '../../flow.ts'
import type { ProbeStep, ProbeStepName } from './probe.ts'

/** Words between braces are filled in with what was seen. */
interface ProbeAnswerRow {
  readonly step: ProbeStepName
  readonly outcome: ProbeStep['outcome']
  readonly message: BilingualText
  readonly remedy?: BilingualText
}

/** Names of the steps. */
export const PROBE_STEP_LABELS: Readonly<Record<ProbeStepName, BilingualText>> = {
  form: { en: 'Address in the form', fr: 'Adresse du formulaire' },
  name: { en: 'Name resolution', fr: 'Résolution du nom' },
  tcp: { en: 'TCP connection', fr: 'Connexion TCP' },
  tls: { en: 'TLS handshake', fr: 'Négociation TLS' },
  certificate: { en: 'Certificate shown', fr: 'Certificat présenté' },
  dialogue: { en: 'Protocol', fr: 'Protocole' },
}

/** Everything a step can say. */
export const PROBE_ANSWERS = {
  NOT_CALLED: {
    step: 'form',
    outcome: 'pass',
    message: {
      en: 'The gateway never calls this partner: over SFTP the partner does everything.',
      fr: 'La passerelle n’appelle jamais ce partenaire : en SFTP, c’est le partenaire qui fait tout.',
    },
  },
  ADDRESS_MISSING: {
    step: 'form',
    outcome: 'fail',
    message: {
      en: 'The form says no address to call.',
      fr: 'Le formulaire ne dit pas quelle adresse appeler.',
    },
    remedy: {
      en: 'Fill in the network characteristics: the URL for AS2, host and port for PeSIT.',
      fr: 'Remplissez les caractéristiques réseau : l’URL pour AS2, l’hôte et le port pour PeSIT.',
    },
  },
  ADDRESS_READ: {
    step: 'form',
    outcome: 'pass',
    message: { en: 'The form says {target}.', fr: 'Le formulaire dit {target}.' },
  },
  NAME_RESOLVED: {
    step: 'name',
    outcome: 'pass',
    message: { en: '{host} is {addresses}.', fr: '{host} est {addresses}.' },
  },
  NAME_UNKNOWN: {
    step: 'name',
    outcome: 'fail',
    message: {
      en: '{host} is not known to the name servers here ({why}).',
      fr: '{host} est inconnu des serveurs de noms d’ici ({why}).',
    },
    remedy: {
      en: 'Check the spelling; the name has to be public, or known on the network of the gateway.',
      fr: 'Vérifiez l’orthographe ; le nom doit être public, ou connu sur le réseau de la passerelle.',
    },
  },
  NAME_SLOW: {
    step: 'name',
    outcome: 'fail',
    message: {
      en: 'No name server answered for {host} within {seconds} s.',
      fr: 'Aucun serveur de noms n’a répondu pour {host} en {seconds} s.',
    },
    remedy: {
      en: 'Try again; if it stays so, have the operator check the name servers of the gateway.',
      fr: 'Réessayez ; si cela dure, faites vérifier les serveurs de noms de la passerelle.',
    },
  },
  ADDRESS_REFUSED: {
    step: 'name',
    outcome: 'fail',
    message: {
      en: '{address} is an address the gateway does not call.',
      fr: '{address} est une adresse que la passerelle n’appelle pas.',
    },
    remedy: {
      en: 'Use an address that reaches the partner from outside; the operator may change probe.refusedNetworks and probe.loopback.',
      fr: 'Utilisez une adresse qui atteint le partenaire de l’extérieur ; l’exploitant peut changer probe.refusedNetworks et probe.loopback.',
    },
  },
  TCP_OPEN: {
    step: 'tcp',
    outcome: 'pass',
    message: { en: '{address} port {port} answers.', fr: '{address} port {port} répond.' },
  },
  TCP_REFUSED: {
    step: 'tcp',
    outcome: 'fail',
    message: {
      en: 'Nothing listens on port {port} of {address}.',
      fr: 'Rien n’écoute sur le port {port} de {address}.',
    },
    remedy: {
      en: 'Start the partner’s server, or correct the port; a firewall that rejects looks the same.',
      fr: 'Démarrez le serveur du partenaire, ou corrigez le port ; un pare-feu qui rejette donne la même chose.',
    },
  },
  TCP_SILENT: {
    step: 'tcp',
    outcome: 'fail',
    message: {
      en: '{address} port {port} does not answer within {seconds} s.',
      fr: '{address} port {port} ne répond pas en {seconds} s.',
    },
    remedy: {
      en: 'Most often a firewall drops the call: let the addresses of the gateway in.',
      fr: 'Le plus souvent un pare-feu jette l’appel : laissez entrer les adresses de la passerelle.',
    },
  },
  TCP_UNREACHABLE: {
    step: 'tcp',
    outcome: 'fail',
    message: {
      en: '{address} port {port} cannot be reached: {why}.',
      fr: '{address} port {port} est injoignable : {why}.',
    },
    remedy: {
      en: 'Check address and routing; for IPv6, that both sides have it.',
      fr: 'Vérifiez l’adresse et le routage ; en IPv6, que les deux côtés en disposent.',
    },
  },
  TLS_NONE: {
    step: 'tls',
    outcome: 'pass',
    message: {
      en: 'Plain HTTP: nothing to negotiate; AS2 messages are signed and encrypted themselves.',
      fr: 'HTTP en clair : rien à négocier ; les messages AS2 sont eux-mêmes signés et chiffrés.',
    },
  },
  TLS_AGREED: {
    step: 'tls',
    outcome: 'pass',
    message: { en: '{version}, {cipher}.', fr: '{version}, {cipher}.' },
  },
  TLS_NOT_SPOKEN: {
    step: 'tls',
    outcome: 'fail',
    message: {
      en: 'What answers there does not speak TLS ({why}).',
      fr: 'Ce qui répond là ne parle pas TLS ({why}).',
    },
    remedy: {
      en: 'Correct the port, or turn on TLS on the partner’s server; AS2 without TLS has an http:// URL.',
      fr: 'Corrigez le port, ou activez TLS sur le serveur du partenaire ; AS2 sans TLS a une URL en http://.',
    },
  },
  TLS_REFUSED: {
    step: 'tls',
    outcome: 'fail',
    message: {
      en: 'The partner’s server broke off the handshake ({why}).',
      fr: 'Le serveur du partenaire a rompu la négociation ({why}).',
    },
    remedy: {
      en: 'Its log says why: most often it does not trust the gateway’s client certificate (it is in the kit), or has no TLS 1.2 or 1.3.',
      fr: 'Son journal dit pourquoi : le plus souvent il ne fait pas confiance au certificat client de la passerelle (il est dans le kit), ou n’a ni TLS 1.2 ni 1.3.',
    },
  },
  TLS_SILENT: {
    step: 'tls',
    outcome: 'fail',
    message: {
      en: 'The connection stands, and no handshake comes within {seconds} s.',
      fr: 'La connexion est établie, et aucune négociation ne vient en {seconds} s.',
    },
    remedy: {
      en: 'Another kind of server may listen there, or a proxy that waits: check the port.',
      fr: 'Un autre type de serveur écoute peut-être là, ou un mandataire qui attend : vérifiez le port.',
    },
  },
  CERTIFICATE_REGISTERED: {
    step: 'certificate',
    outcome: 'pass',
    message: {
      en: 'It is the registered one: {subject}.',
      fr: 'C’est celui qui est déclaré : {subject}.',
    },
  },
  CERTIFICATE_SAME_KEY: {
    step: 'certificate',
    outcome: 'warning',
    message: {
      en: 'Another certificate of the registered key: {subject}, SHA-256 {seen}.',
      fr: 'Un autre certificat de la clé déclarée : {subject}, SHA-256 {seen}.',
    },
    remedy: {
      en: 'If it was renewed, add the new one to the form.',
      fr: 'S’il a été renouvelé, ajoutez le nouveau au formulaire.',
    },
  },
  CERTIFICATE_OF_WEB: {
    step: 'certificate',
    outcome: 'pass',
    message: {
      en: 'Not the registered one ({subject}), and it need not be: the registered one signs and decrypts messages.',
      fr: 'Ce n’est pas celui qui est déclaré ({subject}), et ce n’est pas nécessaire : le déclaré signe et déchiffre les messages.',
    },
  },
  CERTIFICATE_OTHER: {
    step: 'certificate',
    outcome: 'fail',
    message: {
      en: 'It is not the registered one: {subject}, SHA-256 {seen}.',
      fr: 'Ce n’est pas celui qui est déclaré : {subject}, SHA-256 {seen}.',
    },
    remedy: {
      en: 'Have the server show the registered certificate, or register this one as a renewal.',
      fr: 'Faites présenter par le serveur le certificat déclaré, ou déclarez celui-ci comme renouvellement.',
    },
  },
  CERTIFICATE_NOT_IN_TIME: {
    step: 'certificate',
    outcome: 'fail',
    message: {
      en: '{subject} is valid from {from} to {to} only.',
      fr: '{subject} n’est valable que du {from} au {to}.',
    },
    remedy: {
      en: 'Install a certificate that is valid now, and register it.',
      fr: 'Installez un certificat valable maintenant, et déclarez-le.',
    },
  },
  CERTIFICATE_NAME: {
    step: 'certificate',
    outcome: 'warning',
    message: {
      en: '{subject} does not hold for the name {host}.',
      fr: '{subject} ne vaut pas pour le nom {host}.',
    },
    remedy: {
      en: 'Use the name the certificate holds for in the form, or a certificate with this name.',
      fr: 'Utilisez dans le formulaire le nom pour lequel il vaut, ou un certificat à ce nom.',
    },
  },
  CERTIFICATE_NONE: {
    step: 'certificate',
    outcome: 'fail',
    message: {
      en: 'The server showed no certificate.',
      fr: 'Le serveur n’a présenté aucun certificat.',
    },
    remedy: {
      en: 'Give the server its certificate and key; anonymous ciphers are of no use here.',
      fr: 'Donnez au serveur son certificat et sa clé ; les suites anonymes ne servent à rien ici.',
    },
  },
  HTTP_ANSWERS: {
    step: 'dialogue',
    outcome: 'pass',
    message: {
      en: 'The server answers HEAD with {status}.',
      fr: 'Le serveur répond {status} à HEAD.',
    },
  },
  HTTP_NO_SUCH_PATH: {
    step: 'dialogue',
    outcome: 'warning',
    message: {
      en: 'The server answers {status}: it may not know the path {path}.',
      fr: 'Le serveur répond {status} : il ne connaît peut-être pas le chemin {path}.',
    },
    remedy: {
      en: 'Compare the path of the URL with the server’s; some servers answer so to HEAD alone.',
      fr: 'Comparez le chemin de l’URL à celui du serveur ; certains ne répondent ainsi qu’à HEAD.',
    },
  },
  HTTP_IN_TROUBLE: {
    step: 'dialogue',
    outcome: 'warning',
    message: { en: 'The server answers {status}.', fr: 'Le serveur répond {status}.' },
    remedy: {
      en: 'Something behind it is out of order: its log says what.',
      fr: 'Quelque chose derrière lui ne va pas : son journal dit quoi.',
    },
  },
  HTTP_NOT_SPOKEN: {
    step: 'dialogue',
    outcome: 'fail',
    message: {
      en: 'What answers there does not speak HTTP ({why}).',
      fr: 'Ce qui répond là ne parle pas HTTP ({why}).',
    },
    remedy: {
      en: 'Correct port and scheme of the URL: https:// where the server wants TLS.',
      fr: 'Corrigez le port et le schéma de l’URL : https:// là où le serveur veut TLS.',
    },
  },
  HTTP_SILENT: {
    step: 'dialogue',
    outcome: 'fail',
    message: {
      en: 'No answer to HEAD within {seconds} s.',
      fr: 'Aucune réponse à HEAD en {seconds} s.',
    },
    remedy: {
      en: 'The server took the connection and is silent: check that it is an AS2 server, and its load.',
      fr: 'Le serveur a pris la connexion et se tait : vérifiez que c’est un serveur AS2, et sa charge.',
    },
  },
  PESIT_ANSWERS: {
    step: 'dialogue',
    outcome: 'pass',
    message: {
      en: 'The server takes CONNECT as {requester} to {server} (sync points: {sync}) and RELEASE.',
      fr: 'Le serveur accepte CONNECT de {requester} vers {server} (points de synchronisation : {sync}) et RELEASE.',
    },
  },
  PESIT_NO_GOODBYE: {
    step: 'dialogue',
    outcome: 'warning',
    message: {
      en: 'The server takes CONNECT as {requester} to {server}, and does not answer RELEASE ({why}).',
      fr: 'Le serveur accepte CONNECT de {requester} vers {server}, et ne répond pas à RELEASE ({why}).',
    },
    remedy: {
      en: 'Return flows may arrive all the same; its log says why it broke off.',
      fr: 'Les flux retour peuvent arriver malgré tout ; son journal dit pourquoi il a coupé.',
    },
  },
  PESIT_REFUSED: {
    step: 'dialogue',
    outcome: 'fail',
    message: {
      en: 'The server refuses CONNECT as {requester} to {server}: {diagnostic} {cause} {text}',
      fr: 'Le serveur refuse CONNECT de {requester} vers {server} : {diagnostic} {cause} {text}',
    },
    remedy: { en: '{remedy}', fr: '{remedy}' },
  },
  PESIT_NOT_SPOKEN: {
    step: 'dialogue',
    outcome: 'fail',
    message: {
      en: 'CONNECT as {requester} to {server} is not answered as PeSIT E asks ({why}).',
      fr: 'CONNECT de {requester} vers {server} ne reçoit pas la réponse que PeSIT E demande ({why}).',
    },
    remedy: {
      en: 'Check the port, then framing and pre-connection: a setting of the connection (pesit.product, pesit.framing, pesit.preConnection).',
      fr: 'Vérifiez le port, puis le cadrage et la pré-connexion : un paramètre du raccordement (pesit.product, pesit.framing, pesit.preConnection).',
    },
  },
  PESIT_SILENT: {
    step: 'dialogue',
    outcome: 'fail',
    message: {
      en: 'No answer to CONNECT as {requester} to {server} within {seconds} s.',
      fr: 'Aucune réponse à CONNECT de {requester} vers {server} en {seconds} s.',
    },
    remedy: {
      en: 'A server that waits for a pre-connection, or for the other framing, is silent: set pesit.product, or pesit.preConnection and pesit.framing, on the connection.',
      fr: 'Un serveur qui attend une pré-connexion, ou l’autre cadrage, se tait : réglez pesit.product, ou pesit.preConnection et pesit.framing, sur le raccordement.',
    },
  },
} as const satisfies Record<string, ProbeAnswerRow>

export type ProbeCode = keyof typeof PROBE_ANSWERS

/** A step as it came out. @param seen fills the words between braces */
export function probeStep(
  code: ProbeCode,
  milliseconds: number,
  seen: Readonly<Record<string, string | number | BilingualText>> = {},
): ProbeStep {
  const row: ProbeAnswerRow = PROBE_ANSWERS[code]
  const fill = ({ en, fr }: BilingualText): BilingualText => ({
    en: filled(en, 'en', seen),
    fr: filled(fr, 'fr', seen),
  })
  return {
    step: row.step,
    label: PROBE_STEP_LABELS[row.step],
    outcome: row.outcome,
    code,
    milliseconds: Math.round(milliseconds),
    message: fill(row.message),
    remedy: row.remedy === undefined ? null : fill(row.remedy),
  }
}

function filled(
  text: string,
  language: keyof BilingualText,
  seen: Readonly<Record<string, string | number | BilingualText>>,
): string {
  return text
    .replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
      const value = seen[name] ?? ''
      return typeof value === 'object' ? value[language] : String(value)
    })
    .trim()
}
