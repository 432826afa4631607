import type { CertificateVerdict } from '../../certs/certificate-checks.ts'
import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import { GatewayError } from '../errors.ts'
import type { BilingualText, ConnectionId, ProtocolName } from '../flow.ts'
import { newId } from '../ids.ts'
import { KeyedTurns } from '../keyed-turns.ts'
import { APPLICATION_CODE, nextApplicationCode } from './application-codes.ts'
import { guardUnusedCertificate } from './certificate-users.ts'
import { insertStatements } from './connection-changes.ts'
import type { CertificateUpload, ConnectionExport, FormChange } from './connection-forms.ts'
import { parseOverrides } from './connection-overrides.ts'
import {
  readStructure,
  type CertificateRecord,
  type ConnectionRecord,
} from './connection-record.ts'
import { stateAfter, type ConnectionState } from './connection-states.ts'
import { importedForm, newCodeNote } from './connection-transfer.ts'
import {
  certificateRecord,
  partOf,
  withCertificate,
  withoutCertificate,
  type FormCertificates,
} from './form-certificates.ts'
import { formFault } from './form-checks.ts'
import type { FormFaultCode } from './form-faults.ts'
import type { FormWriter } from './form-writer.ts'
import type { ConnectionForm } from './form.ts'

/** Times a code is looked for anew because another process took it. */
const MAX_TRIES = 20

export interface FormDraftsOptions {
  readonly writer: FormWriter
  readonly certificates: FormCertificates
}

export interface DraftOrder {
  readonly id?: ConnectionId
  /** Null: registered from the command line, for no structure. */
  readonly siret: string | null
  readonly name: string
  readonly protocol: ProtocolName
  readonly form: ConnectionForm
  readonly applicationCode?: string
  readonly settings?: object
  readonly certificates?: readonly CertificateRecord[]
  /** For the audit. */
  readonly action: 'connection.create' | 'connection.duplicate' | 'connection.import'
}

/** Making drafts and filling them in. */
export class FormDrafts {
  readonly #writer: FormWriter
  readonly #certificates: FormCertificates
  readonly #turns = new KeyedTurns()

  constructor({ writer, certificates }: FormDraftsOptions) {
    this.#writer = writer
    this.#certificates = certificates
  }

  /** The name a structure gives its connections. @throws GatewayError STRUCTURE_UNKNOWN */
  async partnerName(siret: string): Promise<string> {
    const structure = await readStructure(this.#writer.journal, siret)
    if (structure?.isActive === true) return structure.name
    throw new GatewayError('STRUCTURE_UNKNOWN', `There is no active structure ${siret}.`)
  }

  /** @throws GatewayError FORM_INCOMPLETE for a code that was asked for and cannot be had */
  create(order: DraftOrder, by: Actor): Promise<ConnectionRecord> {
    return this.#turns.take('application code', () => this.#create(order, by))
  }

  async #create(order: DraftOrder, by: Actor): Promise<ConnectionRecord> {
    const { journal, environment } = this.#writer
    const wanted = order.applicationCode
    if (wanted !== undefined && !APPLICATION_CODE.test(wanted))
      throw fieldFault('applicationCode', 'APPLICATION_CODE_MALFORMED')
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      const assigned =
        wanted === undefined
          ? await nextApplicationCode(journal, environment, order.name)
          : { code: wanted, claim: undefined }
      const id = order.id ?? newId('cnx')
      const now = this.#writer.now()
      const isWritten = await this.#writer.insert(
        [
          ...insertStatements(
            journal,
            {
              id,
              applicationCode: assigned.code,
              siret: order.siret,
              name: order.name,
              protocol: order.protocol,
              environment,
              form: order.form,
              settings: order.settings ?? {},
              certificates: order.certificates ?? [],
            },
            now,
          ),
          ...(assigned.claim === undefined ? [] : [assigned.claim]),
        ],
        auditStatement(journal, now, by, {
          action: order.action,
          objectKind: 'connection',
          objectId: id,
          ...(order.siret === null ? {} : { siret: order.siret }),
          after: { applicationCode: assigned.code, protocol: order.protocol, form: order.form },
        }),
      )
      if (isWritten) return this.#writer.read(id)
      if (wanted !== undefined) throw fieldFault('applicationCode', 'APPLICATION_CODE_TAKEN')
    }
    throw new GatewayError('INTERNAL', `No application code could be had for ${order.name}.`)
  }

  save(id: ConnectionId, change: FormChange, by: Actor): Promise<ConnectionRecord> {
    return this.#writer.change({ id, revision: change.revision, by }, (record) => {
      requireEditable(record.row.state)
      const certificates = change.form.certificates ?? record.form.certificates
      const form = { ...change.form, ...(certificates === undefined ? {} : { certificates }) }
      return { action: 'connection.save', change: { form } }
    })
  }

  /** @returns what was found, and the connection with it when no check failed */
  async addCertificates(
    id: ConnectionId,
    upload: CertificateUpload,
    by: Actor,
  ): Promise<{ readonly verdict: CertificateVerdict; readonly record: ConnectionRecord }> {
    const { journal, environment } = this.#writer
    const found: { verdict?: CertificateVerdict } = {}
    try {
      const record = await this.#writer.change(
        { id, revision: upload.revision, by },
        async (record) => {
          requireEditable(record.row.state)
          const part = partOf(record.row.protocol, upload.part)
          const now = this.#writer.now()
          const { form, row } = record
          const about = { ...row, form }
          found.verdict = await this.#certificates.check(about, { ...upload, part }, now)
          const given = certificateRecord(id, found.verdict, now)
          if (given === undefined) throw new NotKept()
          const { startsAt } = upload
          const listed = {
            part,
            sha256: given.sha256,
            ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt).toISOString() }),
          }
          return {
            action: 'connection.add-certificate',
            change: { form: withCertificate(form, listed, now), newCertificates: [given] },
            also: [guardUnusedCertificate(journal, environment, id, given.sha256)],
          }
        },
      )
      return { verdict: found.verdict!, record }
    } catch (error) {
      if (!(error instanceof NotKept) || found.verdict === undefined) throw error
      return { verdict: found.verdict, record: await this.#writer.read(id) }
    }
  }

  /** @throws GatewayError API_NOT_FOUND when the form has no such certificate */
  removeCertificate(
    id: ConnectionId,
    sha256: string,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionRecord> {
    return this.#writer.change({ id, revision, by }, ({ row, form }) => {
      requireEditable(row.state)
      if (!(form.certificates ?? []).some((one) => one.sha256 === sha256)) {
        throw new GatewayError('API_NOT_FOUND', `The form has no certificate ${sha256}.`)
      }
      return {
        action: 'connection.remove-certificate',
        change: { form: withoutCertificate(form, sha256) },
      }
    })
  }

  async duplicate(id: ConnectionId, by: Actor): Promise<ConnectionRecord> {
    const { row, form } = await this.#writer.read(id)
    const { certificates: _key, validFrom: _first, validUntil: _last, ...rest } = form
    return this.create(
      {
        action: 'connection.duplicate',
        siret: row.siret,
        name: row.name,
        protocol: row.protocol,
        form: rest,
        settings: JSON.parse(row.settings_json) as object,
      },
      by,
    )
  }

  async import(
    exported: ConnectionExport,
    by: Actor,
  ): Promise<{ readonly record: ConnectionRecord; readonly notes: readonly BilingualText[] }> {
    const name = await this.partnerName(exported.structure)
    const id = newId('cnx')
    const { form, certificates, notes } = await importedForm(exported, {
      id,
      environment: this.#writer.environment,
      certificates: this.#certificates,
      now: this.#writer.now(),
    })
    const record = await this.create(
      {
        action: 'connection.import',
        id,
        siret: exported.structure,
        name,
        protocol: exported.protocol,
        form,
        certificates,
      },
      by,
    )
    const code = record.row.application_code
    const isSameCode = code === exported.applicationCode
    return {
      record,
      notes: isSameCode ? notes : [...notes, newCodeNote(exported.applicationCode, code)],
    }
  }

  /** @throws GatewayError FORM_INCOMPLETE for a setting that is none, or out of its range */
  async override(
    id: ConnectionId,
    settings: unknown,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionRecord> {
    const overrides = parseOverrides(settings)
    if (overrides === undefined) throw fieldFault('settings', 'OVERRIDES_INVALID')
    return this.#writer.change({ id, revision, by }, () => ({
      action: 'connection.override',
      change: { settings: overrides },
    }))
  }
}

/** Ends the planning of a change that a certificate keeps from being made. */
class NotKept extends Error {}

/** Draft: being filled in; Activated: a change is being prepared. */
function requireEditable(state: ConnectionState): void {
  if (state !== 'ACTIVATED') stateAfter(state, 'edit')
}

function fieldFault(field: string, code: FormFaultCode): GatewayError {
  const fault = formFault(field, code)
  return new GatewayError('FORM_INCOMPLETE', fault.message.en, { details: [fault] })
}
