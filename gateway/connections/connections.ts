import type { Authenticate } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import type { ConnectionId, Environment, ProcessingMode } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { createAuthenticate } from './authentication.ts'
import type { Connection } from './connection.ts'
import { ConnectionDirectory } from './directory.ts'
import { followJournal } from './following.ts'

export interface ConnectionsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Environment
  /** Looks for changes of other processes too; default: where the engine has several. */
  readonly polls?: boolean
}

/** Every connection of this environment, answered from memory; connection-forms.ts writes them. */
export interface Connections {
  /** Also one that is closed: a transfer that began before its end finishes (decisions E4). */
  find(id: ConnectionId): Connection | undefined
  findByApplicationCode(code: string): Connection | undefined
  /** Those with a certificate that carries this key, in force or of a draft; oldest first. */
  findByKey(spkiSha256: string): readonly Connection[]
  /** Those with this certificate, oldest first. */
  findByCertificate(sha256: string): readonly Connection[]
  /** Oldest first. */
  list(): readonly Connection[]
  /** `NONE` for an unknown connection, or a code it has not subscribed to. */
  modeOf(id: ConnectionId, interfaceCode: string): ProcessingMode
  readonly authenticate: Authenticate
  /** Resolves once everything the journal held when it was called is here. */
  refresh(): Promise<void>
  /** Stops following the journal. */
  close(): void
}

/** Loads the connections of the journal and follows their changes, whoever makes them. */
export async function openConnections(options: ConnectionsOptions): Promise<Connections> {
  const directory = new ConnectionDirectory(options.journal, options.environment)
  const connections = new JournaledConnections(options, directory)
  await directory.refresh()
  return connections
}

class JournaledConnections implements Connections {
  readonly authenticate: Authenticate
  readonly #directory: ConnectionDirectory
  readonly #unfollow: () => void

  constructor(options: ConnectionsOptions, directory: ConnectionDirectory) {
    this.#directory = directory
    this.authenticate = createAuthenticate(directory, options.clock)
    this.#unfollow = followJournal({ ...options, directory })
  }

  find(id: ConnectionId): Connection | undefined {
    return this.#directory.find(id)
  }

  findByApplicationCode(code: string): Connection | undefined {
    return this.#directory.findByApplicationCode(code)
  }

  findByKey(spkiSha256: string): readonly Connection[] {
    return this.#directory.findByKey(spkiSha256)
  }

  findByCertificate(sha256: string): readonly Connection[] {
    return this.#directory.findByCertificate(sha256)
  }

  list(): readonly Connection[] {
    return this.#directory.list()
  }

  modeOf(id: ConnectionId, interfaceCode: string): ProcessingMode {
    return this.#directory.find(id)?.modeOf(interfaceCode) ?? 'NONE'
  }

  refresh(): Promise<void> {
    return this.#directory.refresh()
  }

  close(): void {
    this.#unfollow()
  }
}
