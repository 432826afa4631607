import { X509Certificate } from 'node:crypto'
import type { CertificateVerdict } from '../../certs/certificate-checks.ts'
import { spkiSha256 } from '../../certs/fingerprint.ts'
import { certificateParts } from '../../certs/requirements.ts'
import { GATEWAY_ACTOR } from '../accounts/actor.ts'
import { GatewayError, type ErrorDetail } from '../errors.ts'
import type { BilingualText, ConnectionId, ProcessingMode, ProtocolName } from '../flow.ts'
import { newId } from '../ids.ts'
import { dayInParis } from '../paris-days.ts'
import { APPLICATION_CODE } from './application-codes.ts'
import { parseOverrides, type ConnectionOverrides } from './connection-overrides.ts'
import { readRecord, type CertificateRecord } from './connection-record.ts'
import { bundleOf } from './connection-transfer.ts'
import { certificateRecord, type FormCertificates } from './form-certificates.ts'
import { checkForm, formFault } from './form-checks.ts'
import type { FormDrafts } from './form-drafts.ts'
import type { FormMoves } from './form-moves.ts'
import type { FormWriter } from './form-writer.ts'
import type { ConnectionForm } from './form.ts'

/** What is asked for: a connection, activated at once. */
export interface RegistrationOrder {
  readonly applicationCode: string
  readonly name: string
  readonly protocol: ProtocolName
  /**
   * The certificate, then what of its chain the gateway does not know; PeSIT uses it on both
   * sides.
   */
  readonly certificatePem: string
  readonly modes: Readonly<Record<string, ProcessingMode>>
  /** Milliseconds UTC, business time: their days in Paris, both included. */
  readonly validFrom: number
  readonly validUntil: number
  readonly siret?: string
  readonly network?: NonNullable<ConnectionForm['network']>
  readonly overrides?: ConnectionOverrides
}

/** One thing to say about an order, refused or warned of. */
export interface RegistrationReason {
  readonly code: string
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** The connection in the way, for the operator. */
  readonly connectionId?: ConnectionId
}

export type Registration =
  | {
      readonly outcome: 'registered' | 'already-registered'
      readonly connectionId: ConnectionId
      readonly warnings: readonly RegistrationReason[]
    }
  | { readonly outcome: 'refused'; readonly reasons: readonly RegistrationReason[] }

export interface RegistrarOptions {
  readonly writer: FormWriter
  readonly certificates: FormCertificates
  readonly drafts: FormDrafts
  readonly moves: FormMoves
}

const MAX_NAME_CHARACTERS = 200
/** Nobody is behind a registered partner to be called: an address that reaches no one (RFC 2606). */
const CONTACT = {
  name: 'Registered by the gateway',
  email: 'nobody@raccord.invalid',
  telephone: '00 00 00 00 00',
}
const CONFIRMATIONS = { documentationRead: true, technicalSkill: true, qualificationFirst: true }

/** Registers partners through the form, filled in on their behalf. */
export class Registrar {
  readonly #options: RegistrarOptions
  /** One after the other: each looks at what the last one left. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: RegistrarOptions) {
    this.#options = options
  }

  register(order: RegistrationOrder): Promise<Registration> {
    const registration = this.#last.then(() => this.#register(order))
    this.#last = registration.catch(() => {}) // told to whoever asked for it
    return registration
  }

  async #register(order: RegistrationOrder): Promise<Registration> {
    const known = await this.#known(order)
    if (known !== undefined)
      return { outcome: 'already-registered', connectionId: known, warnings: [] }
    const id = newId('cnx')
    const looked = await this.#look(id, order)
    if (looked.reasons.length > 0) return { outcome: 'refused', reasons: looked.reasons }
    try {
      await this.#write(order, id, looked)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'FORM_INCOMPLETE') throw error
      return { outcome: 'refused', reasons: error.details.map(reasonOf) }
    }
    return { outcome: 'registered', connectionId: id, warnings: looked.warnings }
  }

  /** Everything that can be said of an order, before anything is written. */
  async #look(id: ConnectionId, order: RegistrationOrder): Promise<Looked> {
    const { writer, certificates } = this.#options
    const now = writer.now()
    const { protocol } = order
    const form = formOf(order)
    const bytes = bundleOf(order.certificatePem)
    const lines: { readonly isWarning: boolean; readonly reason: RegistrationReason }[] = []
    const listed: NonNullable<ConnectionForm['certificates']>[number][] = []
    let given: CertificateRecord | undefined
    for (const part of certificateParts(protocol)) {
      const verdict = await certificates.check({ id, protocol, form }, { bytes, part }, now)
      given = certificateRecord(id, verdict, now)
      lines.push(...linesOf(verdict))
      if (given !== undefined) listed.push({ part, sha256: given.sha256 })
    }
    const isRefused = lines.some((line) => !line.isWarning)
    const complete = { ...form, certificates: listed }
    const faults = checkForm(complete, {
      protocol,
      environment: writer.environment,
      now,
      isStructureActive: true,
      given: new Set(listed.map((one) => one.sha256)),
    })
    return {
      form: complete,
      given,
      reasons: [
        ...orderFaults(order).map(reasonOf),
        // Why a certificate is not taken is said by its lines already.
        ...faults.filter((one) => !isRefused || one.code !== 'CERTIFICATE_MISSING').map(reasonOf),
        ...lines.filter((line) => !line.isWarning).map((line) => line.reason),
      ],
      warnings: lines.filter((line) => line.isWarning).map((line) => line.reason),
    }
  }

  async #write(order: RegistrationOrder, id: ConnectionId, looked: Looked): Promise<void> {
    const { drafts, moves } = this.#options
    await drafts.create(
      {
        action: 'connection.create',
        id,
        siret: order.siret ?? null,
        name: order.name.trim(),
        protocol: order.protocol,
        form: looked.form,
        applicationCode: order.applicationCode,
        settings: parseOverrides(order.overrides ?? {}) ?? {},
        certificates: looked.given === undefined ? [] : [looked.given],
      },
      GATEWAY_ACTOR,
    )
    await moves.submit(id, undefined, GATEWAY_ACTOR, 'at-once')
    await moves.activate(id, undefined, GATEWAY_ACTOR)
  }

  /** The connection that this order has made already. */
  async #known(order: RegistrationOrder): Promise<ConnectionId | undefined> {
    const { journal, environment } = this.#options.writer
    const [namesake] = await journal.read(
      journal.db
        .selectFrom('connections')
        .select('id')
        .where('environment', '=', environment)
        .where('application_code', '=', order.applicationCode)
        .where('protocol', '=', order.protocol),
    )
    const key = keyOf(order.certificatePem)
    if (namesake === undefined || key === undefined) return undefined
    const record = await readRecord(journal, environment, namesake.id)
    const listed = (record?.running ?? record?.form)?.certificates ?? []
    const isSame = record?.certificates.some(
      (one) => one.spki_sha256 === key && listed.some(({ sha256 }) => sha256 === one.sha256),
    )
    return isSame === true ? namesake.id : undefined
  }
}

interface Looked {
  readonly form: ConnectionForm
  readonly given: CertificateRecord | undefined
  readonly reasons: readonly RegistrationReason[]
  readonly warnings: readonly RegistrationReason[]
}

function formOf(order: RegistrationOrder): ConnectionForm {
  return {
    validFrom: dayInParis(order.validFrom),
    validUntil: dayInParis(order.validUntil - 1),
    contact: CONTACT,
    confirmations: CONFIRMATIONS,
    codes: order.modes,
    ...(order.network === undefined ? {} : { network: order.network }),
  }
}

function orderFaults({ name, applicationCode, overrides }: RegistrationOrder) {
  const characters = name.trim().length
  return [
    ...(APPLICATION_CODE.test(applicationCode)
      ? []
      : [formFault('applicationCode', 'APPLICATION_CODE_MALFORMED')]),
    ...(characters > 0 && characters <= MAX_NAME_CHARACTERS
      ? []
      : [formFault('name', 'NAME_MISSING')]),
    ...(parseOverrides(overrides ?? {}) === undefined
      ? [formFault('settings', 'OVERRIDES_INVALID')]
      : []),
  ]
}

function linesOf(verdict: CertificateVerdict) {
  const [user] = verdict.users
  return verdict.checks
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'warning')
    .map((line) => ({
      isWarning: line.outcome === 'warning',
      reason: {
        code: line.codes[0] ?? line.check,
        message: line.reason,
        remedy: line.remedy ?? line.reason,
        ...(line.check === 'uniqueness' && user !== undefined
          ? { connectionId: user.connectionId }
          : {}),
      },
    }))
}

function reasonOf(fault: ErrorDetail): RegistrationReason {
  const { code, message, remedy } = fault
  return { code: code ?? 'FORM_INCOMPLETE', message, remedy: remedy ?? message }
}

/** Of the first certificate in the text; undefined when there is none that can be read. */
function keyOf(certificatePem: string): string | undefined {
  try {
    return spkiSha256(new X509Certificate(certificatePem).publicKey)
  } catch {
    return undefined
  }
}
