import type { Actor } from '../accounts/actor.ts'
import type { ConnectionId } from '../flow.ts'
import type { MailOutbox } from '../mail/mail-outbox.ts'
import type { ActivationProfile } from './activation-time.ts'
import { AutomaticProcessing } from './automatic-processing.ts'
import { connectionDocument } from './connection-documents.ts'
import type {
  CertificateAnswer,
  CertificateUpload,
  ConnectionCriteria,
  ConnectionDocument,
  ConnectionExport,
  ConnectionForms,
  ConnectionImport,
  ConnectionPage,
  FormChange,
  NewConnection,
} from './connection-forms.ts'
import { ConnectionMails } from './connection-mails.ts'
import { readRecord, type ConnectionRecord } from './connection-record.ts'
import { searchConnections } from './connection-search.ts'
import { exportOf, promotionOf } from './connection-transfer.ts'
import { FormCertificates, type FormCertificatesOptions } from './form-certificates.ts'
import { FormDrafts } from './form-drafts.ts'
import { FormMoves } from './form-moves.ts'
import { FormWriter, type FormWriterOptions } from './form-writer.ts'
import type { FormFault } from './form.ts'
import { Registrar, type Registration, type RegistrationOrder } from './registration.ts'

export interface ConnectionFormsOptions
  extends FormWriterOptions, Pick<FormCertificatesOptions, 'trust'> {
  /** Setting `connections.activation`. */
  readonly activation: ActivationProfile
  readonly mail: MailOutbox
  readonly mailLanguage: 'en' | 'fr'
  /** What listeners answer from: brought up to date before a write is answered. */
  readonly memory?: { refresh(): Promise<void> }
}

/** The forms, and what happens to them by themselves. */
export interface GatewayForms extends ConnectionForms {
  /**
   * One way for demo, bench and `--partner`: draft, certificate, submission and activation by the
   * gateway itself. Asked again with the same application code, protocol and key, it answers with
   * the connection that is there, unchanged.
   */
  register(order: RegistrationOrder): Promise<Registration>
  readonly processing: AutomaticProcessing
}

export function openConnectionForms(options: ConnectionFormsOptions): GatewayForms {
  return new JournaledConnectionForms(options)
}

class JournaledConnectionForms implements GatewayForms {
  readonly processing: AutomaticProcessing
  readonly #options: ConnectionFormsOptions
  readonly #writer: FormWriter
  readonly #drafts: FormDrafts
  readonly #moves: FormMoves
  readonly #registrar: Registrar

  constructor(options: ConnectionFormsOptions) {
    const writer = new FormWriter(options)
    const certificates = new FormCertificates(options)
    const mails = new ConnectionMails(options.mail, options.mailLanguage)
    this.#options = options
    this.#writer = writer
    this.#drafts = new FormDrafts({ writer, certificates })
    this.#moves = new FormMoves({ writer, certificates, mails, activation: options.activation })
    this.#registrar = new Registrar({
      writer,
      certificates,
      drafts: this.#drafts,
      moves: this.#moves,
    })
    this.processing = new AutomaticProcessing({
      writer,
      moves: this.#moves,
      mails,
      log: options.log,
    })
  }

  async create(order: NewConnection, by: Actor): Promise<ConnectionDocument> {
    const name = await this.#drafts.partnerName(order.siret)
    const draft = { ...order, name, action: 'connection.create' } as const
    return this.#answer(this.#drafts.create(draft, by))
  }

  save(id: ConnectionId, change: FormChange, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#drafts.save(id, change, by))
  }

  async addCertificates(
    id: ConnectionId,
    upload: CertificateUpload,
    by: Actor,
  ): Promise<CertificateAnswer> {
    const { verdict, record } = await this.#drafts.addCertificates(id, upload, by)
    const connection = await this.#answer(record)
    return { checks: verdict.checks, isKept: verdict.isUsable, connection }
  }

  removeCertificate(
    id: ConnectionId,
    sha256: string,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionDocument> {
    return this.#answer(this.#drafts.removeCertificate(id, sha256, revision, by))
  }

  async validate(id: ConnectionId): Promise<readonly FormFault[]> {
    return this.#moves.faults(await this.#writer.read(id))
  }

  async submit(
    id: ConnectionId,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionDocument> {
    const document = await this.#answer(this.#moves.submit(id, revision, by))
    this.processing.wake()
    return document
  }

  activate(id: ConnectionId, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#moves.activate(id, undefined, by))
  }

  refuse(id: ConnectionId, motive: string, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#moves.refuse(id, undefined, { en: motive, fr: motive }, by))
  }

  deactivate(id: ConnectionId, reason: string | undefined, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#moves.deactivate({ id, reason }, by))
  }

  block(id: ConnectionId, reason: string, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#moves.block(id, reason, by))
  }

  unblock(id: ConnectionId, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#moves.unblock(id, by))
  }

  duplicate(id: ConnectionId, by: Actor): Promise<ConnectionDocument> {
    return this.#answer(this.#drafts.duplicate(id, by))
  }

  async export(id: ConnectionId): Promise<ConnectionExport> {
    return exportOf(await this.#writer.read(id))
  }

  async promotion(id: ConnectionId): Promise<ConnectionExport> {
    return promotionOf(this.#writer.journal, await this.#writer.read(id))
  }

  async import(exported: ConnectionExport, by: Actor): Promise<ConnectionImport> {
    const { record, notes } = await this.#drafts.import(exported, by)
    return { connection: await this.#answer(record), notes }
  }

  override(
    id: ConnectionId,
    settings: unknown,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionDocument> {
    return this.#answer(this.#drafts.override(id, settings, revision, by))
  }

  async find(id: ConnectionId): Promise<ConnectionDocument | undefined> {
    const { journal, environment } = this.#options
    const record = await readRecord(journal, environment, id)
    return record === undefined ? undefined : connectionDocument(record, this.#writer.now())
  }

  search(criteria: ConnectionCriteria): Promise<ConnectionPage> {
    const { journal, environment } = this.#options
    return searchConnections(journal, environment, criteria)
  }

  async register(order: RegistrationOrder): Promise<Registration> {
    const registration = await this.#registrar.register(order)
    await this.#options.memory?.refresh()
    return registration
  }

  /** Listeners know of a change before whoever made it is answered. */
  async #answer(record: ConnectionRecord | Promise<ConnectionRecord>): Promise<ConnectionDocument> {
    const written = await record
    await this.#options.memory?.refresh()
    return connectionDocument(written, this.#writer.now())
  }
}
