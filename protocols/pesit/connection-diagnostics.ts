import type { DiagnosticRow } from './diagnostics.ts'

function row(causeEn: string, causeFr: string, remedyEn: string, remedyFr: string): DiagnosticRow {
  return { cause: { en: causeEn, fr: causeFr }, remedy: { en: remedyEn, fr: remedyFr } }
}

/** Diagnostics about the connection or the protocol: type 3 of PI 2 (annex D; reference §12). */
export const CONNECTION_DIAGNOSTICS = {
  '3/300': row(
    'The local communication system is congested.',
    'Le système de communication local est saturé.',
    'Try again in some minutes.',
    'Réessayez dans quelques minutes.',
  ),
  '3/301': row(
    'The called identifier (PI 4) is not known there.',
    'L’identifiant appelé (PI 4) est inconnu.',
    'Correct PI 4: it must be the name of the side that is called.',
    'Corrigez le PI 4 : il doit être le nom du côté appelé.',
  ),
  '3/302': row(
    'The called party is not attached.',
    'L’appelé n’est pas raccordé.',
    'Ask the partner to start its service.',
    'Demandez au partenaire de démarrer son service.',
  ),
  '3/303': row(
    'The remote communication system is congested.',
    'Le système de communication distant est saturé.',
    'Try again in some minutes.',
    'Réessayez dans quelques minutes.',
  ),
  '3/304': row(
    'The caller is not authorised: identifier (PI 3), password (PI 5), certificate or state of the connection.',
    'Appelant non autorisé : identifiant (PI 3), mot de passe (PI 5), certificat ou état du raccordement.',
    'Check PI 3, PI 5, the client certificate, and that the connection is active.',
    'Vérifiez PI 3, PI 5, le certificat client et que le raccordement est actif.',
  ),
  '3/305': row(
    'No agreement on the access: reading on a connection for writing, or the reverse.',
    'Pas d’accord sur l’accès : lecture sur une connexion d’écriture, ou l’inverse.',
    'Propose the right access type in PI 22 (0 write, 1 read, 2 both).',
    'Proposez le bon type d’accès dans le PI 22 (0 écriture, 1 lecture, 2 mixte).',
  ),
  '3/306': row(
    'No agreement on resynchronisation.',
    'Pas d’accord sur la resynchronisation.',
    'Switch PI 23 off.',
    'Désactivez le PI 23.',
  ),
  '3/307': row(
    'No agreement on sync points.',
    'Pas d’accord sur les points de synchronisation.',
    'Propose another interval and window in PI 7.',
    'Proposez un autre intervalle et une autre fenêtre dans le PI 7.',
  ),
  '3/308': row(
    'The protocol version is not supported.',
    'Version du protocole non supportée.',
    'Use PeSIT E (PI 6 = 2).',
    'Utilisez PeSIT E (PI 6 = 2).',
  ),
  '3/309': row(
    'This partner has too many connections already.',
    'Ce partenaire a déjà trop de connexions.',
    'Lower the number of simultaneous transfers, or have the limit raised.',
    'Réduisez le nombre de transferts simultanés ou faites relever la limite.',
  ),
  '3/310': row(
    'An incident on the network.',
    'Incident réseau.',
    'Restart the transfer; look at the network if it happens again.',
    'Relancez le transfert ; vérifiez le réseau si cela se répète.',
  ),
  '3/311': row(
    'The other side broke the protocol.',
    'Erreur de protocole du côté distant.',
    'Look at the transcript: it names the message and the rule.',
    'Consultez la transcription : elle nomme le message et la règle.',
  ),
  '3/312': row(
    'Closed at the request of the user.',
    'Service fermé à la demande de l’utilisateur.',
    'Nothing to do, or start again.',
    'Rien à faire, ou relancez.',
  ),
  '3/313': row(
    'The connection was idle for too long.',
    'Connexion restée inactive trop longtemps.',
    'Release connections that are not used.',
    'Libérez les connexions inutilisées.',
  ),
  '3/314': row(
    'An unused connection was cut to accept another.',
    'Connexion inutilisée coupée pour en accepter une autre.',
    'Connect again when there is a file to send.',
    'Reconnectez-vous quand un fichier est à envoyer.',
  ),
  '3/315': row(
    'The negotiation failed.',
    'La négociation a échoué.',
    'Compare what both sides propose in PI 7, 21, 23 and 25.',
    'Comparez ce que proposent les deux côtés dans les PI 7, 21, 23 et 25.',
  ),
  '3/316': row(
    'Cut by an operator.',
    'Coupure par un opérateur.',
    'Ask the operator of the side that cut.',
    'Demandez à l’opérateur du côté qui a coupé.',
  ),
  '3/317': row(
    'An answer did not come in time.',
    'Une réponse n’est pas arrivée à temps.',
    'Look at the network and the load of the silent side, then restart.',
    'Vérifiez le réseau et la charge du côté muet, puis relancez.',
  ),
  '3/318': row(
    'A mandatory parameter is missing, or a parameter has an illegal content.',
    'Paramètre obligatoire absent ou contenu de paramètre illégal.',
    'Look at the transcript: it names the parameter.',
    'Consultez la transcription : elle nomme le paramètre.',
  ),
  '3/319': row(
    'The counts of bytes or articles of the two sides differ.',
    'Les nombres d’octets ou d’articles des deux côtés diffèrent.',
    'Send the file again; if it stays, compare how articles are counted.',
    'Renvoyez le fichier ; si cela persiste, comparez le comptage des articles.',
  ),
  '3/320': row(
    'Too many resynchronisations in one transfer.',
    'Trop de resynchronisations dans un transfert.',
    'Look at the network, then restart the transfer.',
    'Vérifiez le réseau, puis relancez le transfert.',
  ),
  '3/321': row(
    'The partner asks to call its backup address.',
    'Le partenaire demande d’appeler son adresse de secours.',
    'Call the backup address.',
    'Appelez l’adresse de secours.',
  ),
  '3/322': row(
    'The partner asks to call again later.',
    'Le partenaire demande de rappeler plus tard.',
    'Try again later; maintenance is the usual reason.',
    'Réessayez plus tard ; une maintenance en est la raison habituelle.',
  ),
  '3/399': row(
    'Another reason; TLS wrong or missing is a common one.',
    'Autre raison ; TLS erroné ou absent est fréquent.',
    'Check TLS on both sides, then the log of the side that says so.',
    'Vérifiez TLS des deux côtés, puis le journal du côté qui le signale.',
  ),
} as const satisfies Readonly<Record<string, DiagnosticRow>>
