import type { DiagnosticRow } from './diagnostics.ts'

function row(causeEn: string, causeFr: string, remedyEn: string, remedyFr: string): DiagnosticRow {
  return { cause: { en: causeEn, fr: causeFr }, remedy: { en: remedyEn, fr: remedyFr } }
}

/** Diagnostics about a file or its transfer: types 0 to 2 of PI 2 (annex D; reference §12). */
export const FILE_DIAGNOSTICS = {
  '0/000': row('Success.', 'Succès.', 'Nothing to do.', 'Rien à faire.'),
  '1/100': row(
    'Bytes were damaged on the way.',
    'Des octets ont été altérés pendant la transmission.',
    'The transfer goes on from the last sync point; look at the network if it happens again.',
    'Le transfert reprend au dernier point de synchronisation ; vérifiez le réseau si cela se répète.',
  ),
  '2/200': row(
    'The characteristics of the file do not suit the receiver, most often the article length.',
    'Les caractéristiques du fichier ne conviennent pas au récepteur, le plus souvent la longueur d’article.',
    'Lower the article length (PI 32), or raise the limit of the receiver.',
    'Réduisez la longueur d’article (PI 32) ou relevez la limite du récepteur.',
  ),
  '2/201': row(
    'The system lacks resources at the moment.',
    'Le système manque momentanément de ressources.',
    'Try again in some minutes.',
    'Réessayez dans quelques minutes.',
  ),
  '2/202': row(
    'The resources given to this partner are used up at the moment.',
    'Les ressources accordées à ce partenaire sont momentanément épuisées.',
    'Let the transfers in hand finish, then try again.',
    'Laissez finir les transferts en cours, puis réessayez.',
  ),
  '2/203': row(
    'More urgent transfers come first.',
    'Des transferts plus urgents passent d’abord.',
    'Try again later, or send with a higher priority (PI 17).',
    'Réessayez plus tard ou envoyez avec une priorité plus haute (PI 17).',
  ),
  '2/204': row(
    'A file of this name is there already.',
    'Un fichier de ce nom existe déjà.',
    'Send under a new identifier; a flow that arrived need not be sent again.',
    'Envoyez sous un nouvel identifiant ; un flux arrivé n’est pas à renvoyer.',
  ),
  '2/205': row(
    'The file asked for does not exist, or nothing waits to be fetched.',
    'Le fichier demandé n’existe pas, ou rien n’attend d’être retiré.',
    'Check the name (PI 12), or ask again when a return flow is offered.',
    'Vérifiez le nom (PI 12) ou redemandez quand un flux retour est disponible.',
  ),
  '2/206': row(
    'The file would go beyond the disk space allowed.',
    'Le fichier dépasserait l’espace disque autorisé.',
    'Send smaller flows, or have the quota raised.',
    'Envoyez des flux plus petits ou faites relever le quota.',
  ),
  '2/207': row(
    'The file is in use by another transfer.',
    'Le fichier est utilisé par un autre transfert.',
    'Wait for the other transfer to end.',
    'Attendez la fin de l’autre transfert.',
  ),
  '2/208': row(
    'The file is too old.',
    'Le fichier est trop ancien.',
    'Produce it again and send it with its new date (PI 51).',
    'Produisez-le à nouveau et envoyez-le avec sa nouvelle date (PI 51).',
  ),
  '2/209': row(
    'Messages of this kind are not accepted.',
    'Les messages de ce type ne sont pas acceptés.',
    'Do not send messages (MSG) to this partner, or have it accept them.',
    'N’envoyez pas de message (MSG) à ce partenaire ou faites-les lui accepter.',
  ),
  '2/210': row(
    'No agreement on compression.',
    'Pas d’accord sur la compression.',
    'Switch compression off (PI 21), or choose a kind both sides have.',
    'Désactivez la compression (PI 21) ou choisissez un type commun.',
  ),
  '2/211': row(
    'The file could not be opened.',
    'Le fichier n’a pas pu être ouvert.',
    'Look at disk space and rights on the side that answered.',
    'Vérifiez l’espace disque et les droits du côté qui a répondu.',
  ),
  '2/212': row(
    'The file could not be closed in order.',
    'Le fichier n’a pas pu être fermé normalement.',
    'Look at the disk of the side that answered, then send again.',
    'Vérifiez le disque du côté qui a répondu, puis renvoyez.',
  ),
  '2/213': row(
    'Reading or writing the file failed.',
    'La lecture ou l’écriture du fichier a échoué.',
    'Look at the disk of the side that says so, then restart the transfer.',
    'Vérifiez le disque du côté qui le signale, puis relancez le transfert.',
  ),
  '2/214': row(
    'No agreement on the point to restart from.',
    'Pas d’accord sur le point de relance.',
    'Send the file again from its start.',
    'Renvoyez le fichier depuis le début.',
  ),
  '2/215': row(
    'An error of the system itself.',
    'Erreur propre au système.',
    'Look at the log of the side that says so.',
    'Consultez le journal du côté qui le signale.',
  ),
  '2/216': row(
    'Stopped on purpose before the end.',
    'Arrêt volontaire avant la fin.',
    'Ask the partner why; restart when it agrees.',
    'Demandez-en la raison au partenaire ; relancez avec son accord.',
  ),
  '2/217': row(
    'More sync points were sent than the window allows without an answer.',
    'Trop de points de synchronisation sans acquittement.',
    'Have the sender keep to the window agreed in PI 7.',
    'Faites respecter par l’émetteur la fenêtre convenue dans le PI 7.',
  ),
  '2/218': row(
    'Resynchronisation is not possible.',
    'Resynchronisation impossible.',
    'Restart the transfer; switch PI 23 off if it happens again.',
    'Relancez le transfert ; désactivez le PI 23 si cela se répète.',
  ),
  '2/219': row(
    'No space is left for the file.',
    'Plus d’espace pour le fichier.',
    'Free disk space on the receiver, then restart.',
    'Libérez de l’espace disque chez le récepteur, puis relancez.',
  ),
  '2/220': row(
    'An article is longer than announced in PI 32.',
    'Un article est plus long qu’annoncé dans le PI 32.',
    'Announce the length of the longest article.',
    'Annoncez la longueur du plus long article.',
  ),
  '2/221': row(
    'The end of the transmission did not come in time.',
    'La fin de transmission n’est pas arrivée à temps.',
    'Look at the network, then restart the transfer.',
    'Vérifiez le réseau, puis relancez le transfert.',
  ),
  '2/222': row(
    'Too much data came without a sync point.',
    'Trop de données sans point de synchronisation.',
    'Have the sender keep to the interval agreed in PI 7.',
    'Faites respecter par l’émetteur l’intervalle convenu dans le PI 7.',
  ),
  '2/223': row(
    'The transfer did not end normally.',
    'Fin anormale du transfert.',
    'Look at the log of the partner, then send again.',
    'Consultez le journal du partenaire, puis renvoyez.',
  ),
  '2/224': row(
    'The file is larger than announced in CREATE (PI 42).',
    'Le fichier est plus grand qu’annoncé dans le CREATE (PI 42).',
    'Announce the true size, or 0 when it is not known.',
    'Annoncez la taille réelle, ou 0 si elle est inconnue.',
  ),
  '2/225': row(
    'Received, but could not be given to the application.',
    'Reçu, mais non remis à l’application.',
    'Ask the partner what became of it before sending again.',
    'Demandez au partenaire ce qu’il en est avant de renvoyer.',
  ),
  '2/226': row(
    'The transfer is refused; PI 99 says why where the partner gives it.',
    'Transfert refusé ; le PI 99 donne la raison quand le partenaire la fournit.',
    'Check the flow name, its interface code and the rights of this connection.',
    'Vérifiez le nom du flux, son code interface et les droits du raccordement.',
  ),
  '2/227': row(
    'This transfer cannot be restarted (not in the specification).',
    'Ce transfert ne peut être relancé (hors spécification).',
    'Send the file again as a new transfer.',
    'Renvoyez le fichier comme un nouveau transfert.',
  ),
  '2/228': row(
    'The restart point is not known (not in the specification).',
    'Point de relance inconnu (hors spécification).',
    'Restart from 0.',
    'Relancez depuis 0.',
  ),
  '2/229': row(
    'The file has changed since the first attempt (not in the specification).',
    'Fichier modifié depuis la première tentative (hors spécification).',
    'Send the new file as a new transfer.',
    'Envoyez le nouveau fichier comme un nouveau transfert.',
  ),
  '2/230': row(
    'The time to restart is over (not in the specification).',
    'Délai de relance dépassé (hors spécification).',
    'Send the file again as a new transfer.',
    'Renvoyez le fichier comme un nouveau transfert.',
  ),
  '2/233': row(
    'Nothing is kept of the transfer to restart (Connect:Express; not in the specification).',
    'Aucun contexte de relance (Connect:Express ; hors spécification).',
    'Send the file again as a new transfer.',
    'Renvoyez le fichier comme un nouveau transfert.',
  ),
  '2/299': row(
    'Another reason; PI 99 may say more.',
    'Autre raison ; le PI 99 peut en dire plus.',
    'Look at the log of the side that says so.',
    'Consultez le journal du côté qui le signale.',
  ),
} as const satisfies Readonly<Record<string, DiagnosticRow>>
