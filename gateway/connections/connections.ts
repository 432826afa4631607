import {
  CERTIFICATE_FILE_FAULTS,
  readPartnerCertificate,
  type PartnerCertificate,
} from '../../certs/partner-certificate.ts'
import type { Authenticate } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, Environment, ProcessingMode } from '../flow.ts'
import { newId } from '../ids.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { dayInParis, endOfDayInParis, startOfDayInParis } from '../paris-days.ts'
import { createAuthenticate } from './authentication.ts'
import { stateAfter, type ConnectionEvent } from './connection-states.ts'
import type { Connection } from './connection.ts'
import { ConnectionDirectory } from './directory.ts'
import { foldText } from './folded-text.ts'
import { followJournal } from './following.ts'
import { REGISTRATION_FAULTS } from './registration-faults.ts'
import {
  checkRegistration,
  registrationReason,
  type RegistrationOrder,
  type RegistrationReason,
} from './registration.ts'
import { bumpRevision, currentRevision } from './revision.ts'

export interface ConnectionsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Environment
  /** Looks for changes of other processes too; default: where the engine has several. */
  readonly polls?: boolean
}

/** Every connection of this environment. Everything but `register` and `move` answers from memory. */
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
  /**
   * Makes an activated connection, or says why not. Asked again with the same application code,
   * protocol and key, it answers with the connection that is there, unchanged.
   */
  register(order: RegistrationOrder): Promise<Registration>
  /**
   * Moves a connection to its next state.
   * @throws GatewayError CONNECTION_MOVE_ILLEGAL when its state has no such move
   */
  move(id: ConnectionId, event: ConnectionEvent): Promise<Connection>
  /** Stops following the journal. */
  close(): void
}

export type Registration =
  | {
      readonly outcome: 'registered' | 'already-registered'
      readonly connection: Connection
      readonly warnings: readonly RegistrationReason[]
    }
  | { readonly outcome: 'refused'; readonly reasons: readonly RegistrationReason[] }

/** Loads the connections of the journal and follows their changes, whoever makes them. */
export async function openConnections(options: ConnectionsOptions): Promise<Connections> {
  const directory = new ConnectionDirectory(options.journal, options.environment)
  const connections = new JournaledConnections(options, directory)
  await directory.refresh()
  return connections
}

class JournaledConnections implements Connections {
  readonly authenticate: Authenticate
  readonly #options: ConnectionsOptions
  readonly #directory: ConnectionDirectory
  readonly #unfollow: () => void
  /** Registrations are made one after the other: each looks at what the last one left. */
  #lastRegistration: Promise<unknown> = Promise.resolve()

  constructor(options: ConnectionsOptions, directory: ConnectionDirectory) {
    this.#options = options
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

  register(order: RegistrationOrder): Promise<Registration> {
    const registration = this.#lastRegistration.then(() => this.#register(order))
    this.#lastRegistration = registration.catch(() => {}) // told to whoever asked for it
    return registration
  }

  async move(id: ConnectionId, event: ConnectionEvent): Promise<Connection> {
    const before = this.#present(id)
    const state = stateAfter(before.state, event)
    const { journal, clock, log } = this.#options
    const result = await journal.write([
      bumpRevision(journal),
      {
        query: journal.db
          .updateTable('connections')
          .set({ state, updated_at: clock.now(), revision: currentRevision(journal) })
          .where('id', '=', id)
          .where('revision', '=', before.revision),
        expectRows: 1,
        announce: 'connections',
      },
    ])
    await this.#directory.refresh()
    // Somebody else changed it meanwhile: its new state decides whether the move still exists.
    if (!result.committed) return this.move(id, event)
    log.info({ connectionId: id, from: before.state, to: state }, 'connection moved')
    return this.#present(id)
  }

  close(): void {
    this.#unfollow()
  }

  async #register(order: RegistrationOrder): Promise<Registration> {
    await this.#directory.refresh()
    const reading = readPartnerCertificate(order.certificatePem)
    if ('fault' in reading) {
      return {
        outcome: 'refused',
        reasons: [registrationReason(reading.fault, CERTIFICATE_FILE_FAULTS)],
      }
    }
    const { certificate } = reading
    const namesake = this.findByApplicationCode(order.applicationCode)
    const isSame =
      namesake?.protocol === order.protocol &&
      namesake.certificates.some((one) => one.spkiSha256 === certificate.spkiSha256)
    if (isSame) return { outcome: 'already-registered', connection: namesake, warnings: [] }
    const { environment, clock } = this.#options
    const { reasons, warnings } = checkRegistration(
      order,
      certificate,
      environment,
      this.#directory,
      clock.now(),
    )
    if (reasons.length > 0) return { outcome: 'refused', reasons }
    return this.#insert(order, certificate, warnings)
  }

  async #insert(
    order: RegistrationOrder,
    certificate: PartnerCertificate,
    warnings: readonly RegistrationReason[],
  ): Promise<Registration> {
    const { journal, log, clock, environment } = this.#options
    const connectionId = newId('cnx')
    const { applicationCode, protocol } = order
    const result = await journal.write(
      registrationStatements(journal, connectionId, order, certificate, environment, clock.now()),
    )
    await this.#directory.refresh()
    if (!result.committed) {
      const reason = registrationReason('APPLICATION_CODE_TAKEN', REGISTRATION_FAULTS)
      return { outcome: 'refused', reasons: [reason] }
    }
    log.info({ connectionId, applicationCode, protocol }, 'connection registered')
    return { outcome: 'registered', connection: this.#present(connectionId), warnings }
  }

  #present(id: ConnectionId): Connection {
    const connection = this.#directory.find(id)
    if (connection !== undefined) return connection
    throw new GatewayError('INTERNAL', `There is no connection ${id}.`)
  }
}

function registrationStatements(
  journal: Journal,
  id: ConnectionId,
  order: RegistrationOrder,
  certificate: PartnerCertificate,
  environment: Environment,
  now: number,
): readonly WriteStatement[] {
  const { db } = journal
  const [from, until] = [dayInParis(order.validFrom), dayInParis(order.validUntil - 1)]
  const part = order.protocol === 'as2' ? 'server' : 'client'
  const form = JSON.stringify({
    validFrom: from,
    validUntil: until,
    certificates: [{ part, sha256: certificate.sha256 }],
    codes: order.modes,
  })
  const codes = Object.entries(order.modes).filter(([, mode]) => mode !== 'NONE')
  return [
    bumpRevision(journal),
    {
      query: db.insertInto('connections').values({
        id,
        application_code: order.applicationCode,
        siret: null,
        name: order.name.trim(),
        name_folded: foldText(order.name),
        protocol: order.protocol,
        environment,
        state: 'ACTIVATED',
        form_json: form,
        running_json: form,
        settings_json: JSON.stringify(order.overrides ?? {}),
        valid_from: startOfDayInParis(from),
        valid_until: endOfDayInParis(until),
        certificate_until: certificate.notAfter,
        due_at: null,
        motive_json: null,
        revision: currentRevision(journal),
        created_at: now,
        updated_at: now,
      }),
      expectRows: 1,
      announce: 'connections',
    },
    {
      query: db.insertInto('connection_certificates').values({
        connection_id: id,
        sha256: certificate.sha256,
        spki_sha256: certificate.spkiSha256,
        subject: certificate.subject,
        issuer: certificate.issuer,
        serial: certificate.serialNumber,
        not_before: certificate.notBefore,
        not_after: certificate.notAfter,
        chain_pem: certificate.pem,
        added_at: now,
      }),
    },
    ...codes.map(([interface_code, mode]) => ({
      query: db.insertInto('connection_codes').values({ connection_id: id, interface_code, mode }),
    })),
  ]
}
