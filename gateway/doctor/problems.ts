import type { BilingualText } from '../flow.ts'

/** One thing that can be wrong with a set-up, as `raccord doctor` names it. */
export interface Problem {
  /** `fault`: the gateway does not work, or not for long; `warning`: it works, and should not stay so. */
  readonly severity: 'fault' | 'warning'
  /** What is looked at. */
  readonly checked: BilingualText
  /** Why it is a problem. */
  readonly cause: BilingualText
  /** What to try next. */
  readonly remedy: BilingualText
}

/** Every problem that `raccord doctor` finds; docs/doctor.md is written from it. */
export const PROBLEMS = {
  'node-too-old': {
    severity: 'fault',
    checked: { en: 'Node', fr: 'Node' },
    cause: {
      en: 'The program is made for Node 24: the journal (node:sqlite) and TLS need it.',
      fr: 'Le programme est fait pour Node 24 : le journal (node:sqlite) et TLS en ont besoin.',
    },
    remedy: {
      en: 'Install Node 24, or npm install without --omit=optional, which brings its own.',
      fr: 'Installez Node 24, ou npm install sans --omit=optional, qui apporte le sien.',
    },
  },
  'time-zone-missing': {
    severity: 'fault',
    checked: { en: 'time zone', fr: 'fuseau horaire' },
    cause: {
      en: 'This Node has no data of the time zone Europe/Paris: days, opening hours and expiry would be wrong.',
      fr: 'Ce Node n’a pas les données du fuseau Europe/Paris : jours, horaires et échéances seraient faux.',
    },
    remedy: {
      en: 'Use a Node with full ICU, as nodejs.org gives it, and unset NODE_ICU_DATA.',
      fr: 'Utilisez un Node avec ICU complet, celui de nodejs.org, et retirez NODE_ICU_DATA.',
    },
  },
  'open-files-low': {
    severity: 'warning',
    checked: { en: 'open files', fr: 'fichiers ouverts' },
    cause: {
      en: 'Each session and each transfer is an open file: beyond the limit partners are turned away.',
      fr: 'Chaque session et chaque transfert est un fichier ouvert : au-delà de la limite, les partenaires sont refusés.',
    },
    remedy: {
      en: 'Raise it: ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit.',
      fr: 'Relevez-la : ulimit -n 65536, ou LimitNOFILE=65536 dans l’unité systemd.',
    },
  },
  'memory-limit-low': {
    severity: 'warning',
    checked: { en: 'memory limit', fr: 'limite de mémoire' },
    cause: {
      en: 'All roles in one process take 420 to 480 MiB under load; the kernel ends a process that goes beyond the limit of its group.',
      fr: 'Tous les rôles dans un processus prennent 420 à 480 Mio en charge ; le noyau termine celui qui dépasse la limite de son groupe.',
    },
    remedy: {
      en: 'Give the container or unit 640 MiB or more, or one role per process (--roles).',
      fr: 'Donnez au conteneur ou à l’unité 640 Mio ou plus, ou un rôle par processus (--roles).',
    },
  },
  'setting-unknown': {
    severity: 'fault',
    checked: { en: 'configuration file', fr: 'fichier de configuration' },
    cause: {
      en: 'The file has a name that is no setting: the gateway does not start with it.',
      fr: 'Le fichier a un nom qui n’est pas un réglage : la passerelle ne démarre pas avec.',
    },
    remedy: {
      en: 'Correct the name; docs/configuration.md lists every setting.',
      fr: 'Corrigez le nom ; docs/configuration.md liste tous les réglages.',
    },
  },
  'environment-misspelt': {
    severity: 'fault',
    checked: { en: 'environment', fr: 'environnement' },
    cause: {
      en: 'A RACCORD_… variable is no setting: the gateway does not start with it.',
      fr: 'Une variable RACCORD_… n’est pas un réglage : la passerelle ne démarre pas avec.',
    },
    remedy: {
      en: 'Correct or unset the variable; docs/configuration.md lists every name.',
      fr: 'Corrigez ou retirez la variable ; docs/configuration.md liste tous les noms.',
    },
  },
  'setting-wrong': {
    severity: 'fault',
    checked: { en: 'configuration', fr: 'configuration' },
    cause: {
      en: 'A setting has a value that it cannot have: the gateway does not start with it.',
      fr: 'Un réglage a une valeur impossible : la passerelle ne démarre pas avec.',
    },
    remedy: {
      en: 'Correct the value; raccord serve --check says whether all of them are right.',
      fr: 'Corrigez la valeur ; raccord serve --check dit si toutes sont justes.',
    },
  },
  'secret-readable': {
    severity: 'warning',
    checked: { en: 'files of secrets', fr: 'fichiers de secrets' },
    cause: {
      en: 'Other users of this machine can read a file that holds a password.',
      fr: 'D’autres utilisateurs de cette machine peuvent lire un fichier qui contient un mot de passe.',
    },
    remedy: { en: 'chmod 600 the file.', fr: 'chmod 600 sur le fichier.' },
  },
  'token-readable': {
    severity: 'fault',
    checked: { en: 'run.json', fr: 'run.json' },
    cause: {
      en: 'Other users of this machine can read run.json, whose token opens the API as administrator.',
      fr: 'D’autres utilisateurs de cette machine peuvent lire run.json, dont le jeton ouvre l’API en administrateur.',
    },
    remedy: {
      en: 'chmod 600 run.json, then restart the gateway: it makes a new token.',
      fr: 'chmod 600 sur run.json, puis redémarrez la passerelle : elle fait un nouveau jeton.',
    },
  },
  'data-folder-missing': {
    severity: 'warning',
    checked: { en: 'data folder', fr: 'dossier de données' },
    cause: {
      en: 'There is no data folder yet: no gateway has run on it, or another one is meant.',
      fr: 'Il n’y a pas encore de dossier de données : aucune passerelle n’y a tourné, ou il s’agit d’un autre.',
    },
    remedy: {
      en: 'raccord demo or raccord serve makes it; name another with --data.',
      fr: 'raccord demo ou raccord serve le fait ; nommez-en un autre par --data.',
    },
  },
  'data-folder-unwritable': {
    severity: 'fault',
    checked: { en: 'data folder', fr: 'dossier de données' },
    cause: {
      en: 'Nothing can be written into the data folder: no flow can be taken.',
      fr: 'Rien ne peut être écrit dans le dossier de données : aucun flux ne peut être pris.',
    },
    remedy: {
      en: 'Make it a folder that belongs to the user of the gateway (chown), on a disk mounted read-write.',
      fr: 'Faites-en un dossier de l’utilisateur de la passerelle (chown), sur un disque monté en écriture.',
    },
  },
  'data-folder-of-another': {
    severity: 'warning',
    checked: { en: 'owner of the data folder', fr: 'propriétaire du dossier de données' },
    cause: {
      en: 'The data folder belongs to another user than the one who asks: files made now could not be read by the gateway later.',
      fr: 'Le dossier de données appartient à un autre utilisateur : les fichiers créés maintenant seraient illisibles pour la passerelle.',
    },
    remedy: {
      en: 'Run raccord as the owner of the folder (sudo -u), or chown -R it to the user of the gateway.',
      fr: 'Lancez raccord en tant que propriétaire du dossier (sudo -u), ou chown -R vers l’utilisateur de la passerelle.',
    },
  },
  'data-folder-readable': {
    severity: 'warning',
    checked: { en: 'rights on the data folder', fr: 'droits sur le dossier de données' },
    cause: {
      en: 'Other users of this machine may enter the data folder, which holds invoices.',
      fr: 'D’autres utilisateurs de cette machine peuvent entrer dans le dossier de données, qui contient des factures.',
    },
    remedy: { en: 'chmod 700 the folder.', fr: 'chmod 700 sur le dossier.' },
  },
  'data-folder-on-network': {
    severity: 'fault',
    checked: { en: 'file system', fr: 'système de fichiers' },
    cause: {
      en: 'The journal (SQLite) lies on a network file system, whose locks and syncs do not hold what it needs: it may be damaged.',
      fr: 'Le journal (SQLite) est sur un système de fichiers réseau, dont verrous et synchronisations ne suffisent pas : il peut être abîmé.',
    },
    remedy: {
      en: 'Put the data folder on a local disk, or the journal into PostgreSQL (journal.url).',
      fr: 'Mettez le dossier de données sur un disque local, ou le journal dans PostgreSQL (journal.url).',
    },
  },
  'disk-full': {
    severity: 'fault',
    checked: { en: 'free disk', fr: 'espace disque' },
    cause: {
      en: 'Less is free than limits.minFreeDiskBytes: new transfers are refused.',
      fr: 'Il reste moins que limits.minFreeDiskBytes : les nouveaux transferts sont refusés.',
    },
    remedy: {
      en: 'Free some room on that disk; the gateway takes flows again by itself.',
      fr: 'Libérez de la place sur ce disque ; la passerelle reprend d’elle-même.',
    },
  },
  'disk-low': {
    severity: 'warning',
    checked: { en: 'free disk', fr: 'espace disque' },
    cause: {
      en: 'Less is free than twice limits.minFreeDiskBytes: soon transfers will be refused.',
      fr: 'Il reste moins du double de limits.minFreeDiskBytes : bientôt les transferts seront refusés.',
    },
    remedy: {
      en: 'Free some room, enlarge the disk, or keep less.',
      fr: 'Libérez de la place, agrandissez le disque, ou conservez moins.',
    },
  },
  'inodes-low': {
    severity: 'warning',
    checked: { en: 'free inodes', fr: 'inodes libres' },
    cause: {
      en: 'The file system has room for few more files, whatever their size: each flow is one.',
      fr: 'Le système de fichiers n’a de place que pour peu de fichiers, quelle que soit leur taille : chaque flux en est un.',
    },
    remedy: {
      en: 'Remove small files on it, or move the data folder to a file system with more inodes.',
      fr: 'Supprimez-y des petits fichiers, ou déplacez le dossier de données vers un système avec plus d’inodes.',
    },
  },
  'key-readable': {
    severity: 'fault',
    checked: { en: 'private keys', fr: 'clés privées' },
    cause: {
      en: 'Other users of this machine can read a private key of the gateway.',
      fr: 'D’autres utilisateurs de cette machine peuvent lire une clé privée de la passerelle.',
    },
    remedy: {
      en: 'chmod 600 the file; if somebody may have read it: raccord identity rotate.',
      fr: 'chmod 600 sur le fichier ; si quelqu’un a pu la lire : raccord identity rotate.',
    },
  },
  'key-unreadable': {
    severity: 'fault',
    checked: { en: 'identity', fr: 'identité' },
    cause: {
      en: 'A file of the gateway’s identity is not the key it should be: the gateway does not start.',
      fr: 'Un fichier de l’identité de la passerelle n’est pas la clé attendue : elle ne démarre pas.',
    },
    remedy: {
      en: 'Put the file back from a backup; a new key would have to be told to every partner.',
      fr: 'Remettez le fichier depuis une sauvegarde ; une nouvelle clé devrait être annoncée à chaque partenaire.',
    },
  },
  'host-key-changed': {
    severity: 'fault',
    checked: { en: 'SSH host keys', fr: 'clés d’hôte SSH' },
    cause: {
      en: 'The host key that partners have met is not in the identity folder any more: their clients refuse the new one.',
      fr: 'La clé d’hôte que les partenaires connaissent n’est plus dans le dossier d’identité : leurs clients refusent la nouvelle.',
    },
    remedy: {
      en: 'Put the identity folder back from a backup, or tell partners the new key (raccord identity list).',
      fr: 'Remettez le dossier d’identité depuis une sauvegarde, ou annoncez la nouvelle clé (raccord identity list).',
    },
  },
  'certificate-unreadable': {
    severity: 'fault',
    checked: { en: 'certificate files', fr: 'fichiers de certificats' },
    cause: {
      en: 'A certificate or key that the settings name cannot be read, or is none.',
      fr: 'Un certificat ou une clé que nomment les réglages est illisible, ou n’en est pas un.',
    },
    remedy: {
      en: 'Correct the path or the rights, or give PEM: certificate first, then its chain.',
      fr: 'Corrigez le chemin ou les droits, ou donnez du PEM : le certificat d’abord, puis sa chaîne.',
    },
  },
  'certificate-expired': {
    severity: 'fault',
    checked: { en: 'certificates', fr: 'certificats' },
    cause: {
      en: 'A certificate has ended: whoever checks it refuses the connection.',
      fr: 'Un certificat est expiré : qui le vérifie refuse la connexion.',
    },
    remedy: {
      en: 'Renew it: raccord identity rotate for the gateway’s own, else replace the file; a partner’s by its form.',
      fr: 'Renouvelez-le : raccord identity rotate pour ceux de la passerelle, sinon remplacez le fichier ; celui d’un partenaire par son formulaire.',
    },
  },
  'certificate-not-yet': {
    severity: 'fault',
    checked: { en: 'certificates', fr: 'certificats' },
    cause: {
      en: 'A certificate does not hold yet, or the clock of this machine is behind.',
      fr: 'Un certificat n’est pas encore valide, ou l’horloge de cette machine retarde.',
    },
    remedy: {
      en: 'Set the clock if it is wrong; else use the former certificate until then.',
      fr: 'Réglez l’horloge si elle est fausse ; sinon gardez le certificat précédent jusque-là.',
    },
  },
  'certificate-ends-soon': {
    severity: 'warning',
    checked: { en: 'certificates', fr: 'certificats' },
    cause: {
      en: 'A certificate ends within 30 days.',
      fr: 'Un certificat expire dans les 30 jours.',
    },
    remedy: {
      en: 'Renew it now; for partners a renewal may overlap (docs/connections.md).',
      fr: 'Renouvelez-le maintenant ; chez un partenaire les deux peuvent se recouvrir (docs/connections.md).',
    },
  },
  'certificate-of-another-key': {
    severity: 'fault',
    checked: { en: 'certificate and key', fr: 'certificat et clé' },
    cause: {
      en: 'The private key is not that of the certificate: no TLS connection can be made with them.',
      fr: 'La clé privée n’est pas celle du certificat : aucune connexion TLS n’est possible avec eux.',
    },
    remedy: {
      en: 'Name the key that the certificate was requested with, or have a new one issued.',
      fr: 'Nommez la clé de la demande de ce certificat, ou faites-en émettre un autre.',
    },
  },
  'certificate-chain-incomplete': {
    severity: 'warning',
    checked: { en: 'certificate chain', fr: 'chaîne de certificats' },
    cause: {
      en: 'The file lacks the certificate of the issuer: clients that do not know it by themselves refuse.',
      fr: 'Il manque au fichier le certificat de l’émetteur : les clients qui ne le connaissent pas refusent.',
    },
    remedy: {
      en: 'Append the intermediate certificates to the file, in the order of the chain.',
      fr: 'Ajoutez au fichier les certificats intermédiaires, dans l’ordre de la chaîne.',
    },
  },
  'port-taken': {
    severity: 'fault',
    checked: { en: 'ports', fr: 'ports' },
    cause: {
      en: 'Another program listens on a port that the gateway wants: it does not start.',
      fr: 'Un autre programme écoute sur un port que veut la passerelle : elle ne démarre pas.',
    },
    remedy: {
      en: 'Stop that program, or choose another port (--sftp-port, --as2-port, --pesit-port, --api-port; 0 = any free one).',
      fr: 'Arrêtez ce programme, ou choisissez un autre port (--sftp-port, --as2-port, --pesit-port, --api-port ; 0 = un port libre).',
    },
  },
  'port-refused': {
    severity: 'fault',
    checked: { en: 'ports', fr: 'ports' },
    cause: {
      en: 'This user may not listen there: the port is below 1024, or the address is not of this machine.',
      fr: 'Cet utilisateur ne peut pas y écouter : port sous 1024, ou adresse qui n’est pas de cette machine.',
    },
    remedy: {
      en: 'Choose a port from 1024 on and an address of this machine, or grant CAP_NET_BIND_SERVICE.',
      fr: 'Choisissez un port à partir de 1024 et une adresse de cette machine, ou accordez CAP_NET_BIND_SERVICE.',
    },
  },
  'gateway-stopped': {
    severity: 'warning',
    checked: { en: 'gateway', fr: 'passerelle' },
    cause: {
      en: 'No gateway runs on this data folder.',
      fr: 'Aucune passerelle ne tourne sur ce dossier de données.',
    },
    remedy: {
      en: 'raccord serve starts it (raccord demo with samples).',
      fr: 'raccord serve la démarre (raccord demo avec des exemples).',
    },
  },
  'gateway-gone': {
    severity: 'fault',
    checked: { en: 'gateway', fr: 'passerelle' },
    cause: {
      en: 'The gateway was killed: the process that run.json names is gone.',
      fr: 'La passerelle a été tuée : le processus que nomme run.json n’existe plus.',
    },
    remedy: {
      en: 'raccord serve — it takes up what was in hand.',
      fr: 'raccord serve — elle reprend ce qui était en cours.',
    },
  },
  'gateway-of-another': {
    severity: 'warning',
    checked: { en: 'gateway', fr: 'passerelle' },
    cause: {
      en: 'The gateway runs for another user, whose files the commands cannot read.',
      fr: 'La passerelle tourne pour un autre utilisateur, dont les commandes ne peuvent lire les fichiers.',
    },
    remedy: {
      en: 'Use the commands as that user (sudo -u).',
      fr: 'Utilisez les commandes sous cet utilisateur (sudo -u).',
    },
  },
  'listener-silent': {
    severity: 'fault',
    checked: { en: 'listeners', fr: 'écoutes' },
    cause: {
      en: 'The gateway runs, and does not answer where it should: it is overloaded, stopped (Ctrl-Z), or a firewall is in between.',
      fr: 'La passerelle tourne, et ne répond pas où elle devrait : surcharge, arrêt (Ctrl-Z), ou pare-feu.',
    },
    remedy: {
      en: 'Look at its log, then restart it: nothing that was acknowledged is lost.',
      fr: 'Consultez son journal, puis redémarrez-la : rien de ce qui a été acquitté n’est perdu.',
    },
  },
  'part-not-ready': {
    severity: 'fault',
    checked: { en: 'readiness', fr: 'disponibilité' },
    cause: {
      en: 'The running gateway says itself that a part it stands on fails.',
      fr: 'La passerelle dit elle-même qu’un de ses appuis est en défaut.',
    },
    remedy: {
      en: 'docs/errors.md says what the code means; the log of the gateway has the details.',
      fr: 'docs/errors.md explique le code ; le journal de la passerelle a les détails.',
    },
  },
  'part-away': {
    severity: 'warning',
    checked: { en: 'readiness', fr: 'disponibilité' },
    cause: {
      en: 'Something is away that partners do not need: flows are accepted, and wait.',
      fr: 'Il manque un appui dont les partenaires n’ont pas besoin : les flux sont acceptés, et attendent.',
    },
    remedy: {
      en: 'Bring it back; work is taken up by itself.',
      fr: 'Rétablissez-le ; le travail reprend de lui-même.',
    },
  },
  'journal-locked': {
    severity: 'fault',
    checked: { en: 'lock of the data folder', fr: 'verrou du dossier de données' },
    cause: {
      en: 'Another process holds the data folder, and is not the gateway that run.json names: a gateway that hangs, or a tool.',
      fr: 'Un autre processus tient le dossier de données, et n’est pas la passerelle de run.json : une passerelle bloquée, ou un outil.',
    },
    remedy: {
      en: 'End that process, or use another data folder (--data).',
      fr: 'Terminez ce processus, ou utilisez un autre dossier de données (--data).',
    },
  },
  'journal-newer': {
    severity: 'fault',
    checked: { en: 'schema of the journal', fr: 'schéma du journal' },
    cause: {
      en: 'The journal has steps of a newer program than this one.',
      fr: 'Le journal a des étapes d’un programme plus récent que celui-ci.',
    },
    remedy: {
      en: 'Use the newer program, or restore a backup made before the upgrade.',
      fr: 'Utilisez le programme plus récent, ou restaurez une sauvegarde d’avant la mise à niveau.',
    },
  },
  'journal-damaged': {
    severity: 'fault',
    checked: { en: 'integrity of the journal', fr: 'intégrité du journal' },
    cause: {
      en: 'The file of the journal is damaged: a failing disk, or a copy made while it was written.',
      fr: 'Le fichier du journal est abîmé : disque défaillant, ou copie faite pendant une écriture.',
    },
    remedy: {
      en: 'Stop the gateway, keep a copy of the data folder, restore the last backup; check the disk.',
      fr: 'Arrêtez la passerelle, gardez une copie du dossier, restaurez la dernière sauvegarde ; vérifiez le disque.',
    },
  },
  'journal-unreachable': {
    severity: 'fault',
    checked: { en: 'PostgreSQL', fr: 'PostgreSQL' },
    cause: {
      en: 'The server of journal.url does not answer, or does not let the gateway in: no flow can be taken.',
      fr: 'Le serveur de journal.url ne répond pas, ou refuse la passerelle : aucun flux ne peut être pris.',
    },
    remedy: {
      en: 'Start the server, or correct host, port, user, password and database in journal.url; try psql with them.',
      fr: 'Démarrez le serveur, ou corrigez hôte, port, utilisateur, mot de passe et base dans journal.url ; essayez psql.',
    },
  },
  'postgres-too-old': {
    severity: 'fault',
    checked: { en: 'version of PostgreSQL', fr: 'version de PostgreSQL' },
    cause: {
      en: 'The journal needs PostgreSQL 15 or newer.',
      fr: 'Le journal demande PostgreSQL 15 ou plus récent.',
    },
    remedy: {
      en: 'Upgrade the server (pg_upgrade), or name a newer one in journal.url.',
      fr: 'Mettez le serveur à niveau (pg_upgrade), ou nommez-en un plus récent dans journal.url.',
    },
  },
  'postgres-encoding': {
    severity: 'fault',
    checked: { en: 'encoding of the database', fr: 'encodage de la base' },
    cause: {
      en: 'The database is not in UTF8: names with accents could not be kept.',
      fr: 'La base n’est pas en UTF8 : les noms accentués ne pourraient être gardés.',
    },
    remedy: {
      en: 'Make another one: create database raccord encoding ‘UTF8’ template template0.',
      fr: 'Créez-en une autre : create database raccord encoding ‘UTF8’ template template0.',
    },
  },
  'postgres-connections-few': {
    severity: 'warning',
    checked: { en: 'connections of PostgreSQL', fr: 'connexions de PostgreSQL' },
    cause: {
      en: 'The server, the database or the role allows fewer connections than three processes want (12 each).',
      fr: 'Le serveur, la base ou le rôle permet moins de connexions que n’en veulent trois processus (12 chacun).',
    },
    remedy: {
      en: 'Raise max_connections, or the limit of the database or role, to 12 for each process.',
      fr: 'Relevez max_connections, ou la limite de la base ou du rôle, à 12 par processus.',
    },
  },
  'postgres-unsafe': {
    severity: 'warning',
    checked: { en: 'fsync of PostgreSQL', fr: 'fsync de PostgreSQL' },
    cause: {
      en: 'The server runs with fsync = off: a power cut may lose what was acknowledged.',
      fr: 'Le serveur tourne avec fsync = off : une coupure peut perdre ce qui a été acquitté.',
    },
    remedy: {
      en: 'Set fsync = on in postgresql.conf and reload.',
      fr: 'Mettez fsync = on dans postgresql.conf et rechargez.',
    },
  },
  'queue-unreachable': {
    severity: 'fault',
    checked: { en: 'queue', fr: 'file de travail' },
    cause: {
      en: 'The Redis of queue.url does not answer: flows are accepted, and not processed.',
      fr: 'Le Redis de queue.url ne répond pas : les flux sont acceptés, et pas traités.',
    },
    remedy: {
      en: 'Start it, or correct queue.url; try redis-cli -u URL ping.',
      fr: 'Démarrez-le, ou corrigez queue.url ; essayez redis-cli -u URL ping.',
    },
  },
  'redis-unfit': {
    severity: 'fault',
    checked: { en: 'version of Redis', fr: 'version de Redis' },
    cause: {
      en: 'The server of queue.url is older than the queue needs (6.2).',
      fr: 'Le serveur de queue.url est plus ancien que ne le demande la file (6.2).',
    },
    remedy: {
      en: 'Upgrade it, or use Valkey; or queue.url=journal: without Redis.',
      fr: 'Mettez-le à niveau, ou utilisez Valkey ; ou queue.url=journal: sans Redis.',
    },
  },
  'redis-forgets': {
    severity: 'warning',
    checked: { en: 'persistence of Redis', fr: 'persistance de Redis' },
    cause: {
      en: 'Redis keeps no append-only file: after its restart the queue is built again from the journal, which takes a while.',
      fr: 'Redis ne tient pas de fichier append-only : après son redémarrage la file est refaite depuis le journal, ce qui prend du temps.',
    },
    remedy: {
      en: 'Set appendonly yes and appendfsync everysec.',
      fr: 'Mettez appendonly yes et appendfsync everysec.',
    },
  },
  'redis-evicts': {
    severity: 'warning',
    checked: { en: 'eviction of Redis', fr: 'éviction de Redis' },
    cause: {
      en: 'Short of memory, Redis may throw single jobs away: their flows wait until the journal finds them.',
      fr: 'À court de mémoire, Redis peut jeter des travaux : leurs flux attendent que le journal les retrouve.',
    },
    remedy: {
      en: 'Set maxmemory-policy noeviction; a Redis used as a cache is no place for a queue.',
      fr: 'Mettez maxmemory-policy noeviction ; un Redis de cache n’est pas la place d’une file.',
    },
  },
  'bucket-unreachable': {
    severity: 'fault',
    checked: { en: 'payload store', fr: 'magasin des contenus' },
    cause: {
      en: 'The bucket of payloads.url does not answer, or refuses: large files wait on this machine, reports are not written.',
      fr: 'Le compartiment de payloads.url ne répond pas, ou refuse : les gros fichiers attendent ici, les comptes rendus ne sont pas écrits.',
    },
    remedy: {
      en: 'Start the store, or correct endpoint, bucket and credentials in payloads.url.',
      fr: 'Démarrez le magasin, ou corrigez adresse, compartiment et identifiants dans payloads.url.',
    },
  },
  'payload-missing': {
    severity: 'fault',
    checked: { en: 'contents of flows', fr: 'contenus des flux' },
    cause: {
      en: 'The journal names contents that are not in the store: it was emptied, moved, or is another one.',
      fr: 'Le journal nomme des contenus absents du magasin : il a été vidé, déplacé, ou c’en est un autre.',
    },
    remedy: {
      en: 'Put the payload folder (or bucket) back from the backup of the same moment, or correct payloads.url.',
      fr: 'Remettez le dossier (ou compartiment) depuis la sauvegarde du même moment, ou corrigez payloads.url.',
    },
  },
  'clock-off': {
    severity: 'warning',
    checked: { en: 'clock', fr: 'horloge' },
    cause: {
      en: 'The clock of this machine differs from what else tells the time: certificates, opening hours and leases are judged by it.',
      fr: 'L’horloge de cette machine diffère d’autres sources : certificats, horaires et baux en dépendent.',
    },
    remedy: {
      en: 'Have NTP set it (timedatectl set-ntp true, chronyc tracking); a gateway clock moved on purpose: raccord clock reset.',
      fr: 'Faites-la régler par NTP (timedatectl set-ntp true, chronyc tracking) ; horloge déplacée exprès : raccord clock reset.',
    },
  },
  'mail-unreachable': {
    severity: 'warning',
    checked: { en: 'mail server', fr: 'serveur de messagerie' },
    cause: {
      en: 'The server of mail.server does not answer: notices wait.',
      fr: 'Le serveur de mail.server ne répond pas : les avis attendent.',
    },
    remedy: {
      en: 'Correct mail.server, or open the way to it in the firewall.',
      fr: 'Corrigez mail.server, ou ouvrez le pare-feu vers lui.',
    },
  },
  'partner-unreachable': {
    severity: 'warning',
    checked: { en: 'partners that are called', fr: 'partenaires appelés' },
    cause: {
      en: 'A partner cannot be reached where its form says: its reports wait.',
      fr: 'Un partenaire est injoignable à l’adresse de son formulaire : ses comptes rendus attendent.',
    },
    remedy: {
      en: 'Ask the partner whether it listens; raccord connection probe shows each step; look at the firewall.',
      fr: 'Demandez au partenaire s’il écoute ; raccord connection probe montre chaque étape ; voyez le pare-feu.',
    },
  },
  'delivery-failing': {
    severity: 'warning',
    checked: { en: 'deliveries', fr: 'remises' },
    cause: {
      en: 'Attempts to bring a partner its reports failed within the last 24 hours.',
      fr: 'Des tentatives de remettre des comptes rendus ont échoué dans les dernières 24 heures.',
    },
    remedy: {
      en: 'raccord returns list --state FAILED, raccord partners: they say why; raccord returns resend sends again.',
      fr: 'raccord returns list --state FAILED, raccord partners : ils disent pourquoi ; raccord returns resend renvoie.',
    },
  },
} as const satisfies Record<string, Problem>

export type ProblemId = keyof typeof PROBLEMS
