import { writePkcs7 } from '../../certs/write-pkcs7.ts'
import { findInterfaceCode } from '../../config/interface-codes.ts'
import { GatewayError } from '../errors.ts'
import type { BilingualText, ConnectionId, Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectionExport } from './connection-forms.ts'
import type { CertificateRecord, ConnectionRecord } from './connection-record.ts'
import { certificateRecord, pemCertificates, type FormCertificates } from './form-certificates.ts'
import type { ConnectionForm } from './form.ts'

/** A connection as a file carries it: its form as saved, and the public part of its certificates. */
export function exportOf(record: ConnectionRecord, form = record.form): ConnectionExport {
  const { row, structure } = record
  return {
    structure: structure?.siret ?? row.siret ?? '',
    name: row.name,
    protocol: row.protocol,
    environment: row.environment,
    applicationCode: row.application_code,
    form,
    certificates: (form.certificates ?? []).flatMap(({ part, sha256 }) => {
      const given = record.certificates.find((one) => one.sha256 === sha256)
      return given === undefined ? [] : [{ part, chainPem: given.chain_pem }]
    }),
  }
}

/**
 * What is taken to production (decisions F4): the form in force of a qualification connection over
 * which at least one invoice was integrated or one return flow delivered.
 * @throws GatewayError CONNECTION_NOT_PROVEN
 */
export async function promotionOf(
  journal: Journal,
  record: ConnectionRecord,
): Promise<ConnectionExport> {
  const { row, running } = record
  const isProven =
    row.environment === 'qualification' && running !== null && (await hasWorked(journal, row.id))
  if (!isProven) {
    throw new GatewayError('CONNECTION_NOT_PROVEN', `${row.application_code} is not proven.`)
  }
  return exportOf(record, running)
}

async function hasWorked(journal: Journal, id: ConnectionId): Promise<boolean> {
  const { db } = journal
  const flows = await journal.read(
    db
      .selectFrom('flows')
      .select('id')
      .where('connection_id', '=', id)
      .where('integrated', '>', 0)
      .limit(1),
  )
  if (flows.length > 0) return true
  const returns = await journal.read(
    db
      .selectFrom('return_flows')
      .select('id')
      .where('connection_id', '=', id)
      .where('state', '=', 'DELIVERED')
      .limit(1),
  )
  return returns.length > 0
}

/** What an export becomes here, before it has an id of its own. */
export interface ImportedForm {
  readonly form: ConnectionForm
  readonly certificates: readonly CertificateRecord[]
  readonly notes: readonly BilingualText[]
}

/**
 * Fits an export into this environment. Out of another one come neither dates nor confirmations,
 * and no code that is hidden here. A certificate that fails a check here is left out. Each with a
 * note.
 */
export async function importedForm(
  exported: ConnectionExport,
  target: {
    readonly id: ConnectionId
    readonly environment: Environment
    readonly certificates: FormCertificates
    /** Business time, milliseconds UTC. */
    readonly now: number
  },
): Promise<ImportedForm> {
  const notes: BilingualText[] = []
  const isFromElsewhere = exported.environment !== target.environment
  const { validFrom, validUntil, confirmations, certificates, codes, ...rest } = exported.form
  const kept: Record<string, NonNullable<ConnectionForm['codes']>[string]> = {}
  for (const [code, mode] of Object.entries(codes ?? {})) {
    const row = findInterfaceCode(code)
    if (row?.environments.includes(target.environment) === true) kept[code] = mode
    else notes.push(leftOut('interface code', 'code interface', code))
  }
  const records: CertificateRecord[] = []
  const listed: NonNullable<ConnectionForm['certificates']>[number][] = []
  for (const [index, { part, chainPem }] of exported.certificates.entries()) {
    const startsAt = certificates?.[index]?.startsAt
    const bytes = bundleOf(chainPem)
    const verdict = await target.certificates.check(
      { id: target.id, protocol: exported.protocol, form: {} },
      { bytes, part, ...(startsAt === undefined ? {} : { startsAt: Date.parse(startsAt) }) },
      target.now,
    )
    const record = certificateRecord(target.id, verdict, target.now)
    if (record === undefined) {
      const failed = verdict.checks.find((line) => line.outcome === 'fail')
      notes.push(leftOut('certificate', 'certificat', part, failed?.reason))
    } else {
      if (!records.some((one) => one.sha256 === record.sha256)) records.push(record)
      listed.push({
        part,
        sha256: record.sha256,
        ...(startsAt === undefined ? {} : { startsAt }),
      })
    }
  }
  if (isFromElsewhere) notes.push(CONFIRM_AGAIN)
  return {
    certificates: records,
    notes,
    form: {
      ...rest,
      codes: kept,
      certificates: listed,
      ...(isFromElsewhere || validFrom === undefined ? {} : { validFrom }),
      ...(isFromElsewhere || validUntil === undefined ? {} : { validUntil }),
      ...(isFromElsewhere || confirmations === undefined ? {} : { confirmations }),
    },
  }
}

/**
 * What the partner has to change when its code does.
 * @param before undefined when the connection comes from a product that knows no such code
 */
export function newCodeNote(before: string | undefined, after: string): BilingualText {
  if (before === undefined) {
    return {
      en: `The application code ${after} was assigned: the partner puts it in the name of every flow and in its identifier. What the file did not say is still to be filled in: certificate, interface codes with their modes, dates, contact, confirmations.`,
      fr: `Le code application ${after} a été attribué : le partenaire le met dans le nom et l’identifiant de chaque flux. Reste à remplir ce que le fichier ne dit pas : certificat, codes interface et leurs modes, dates, contact, confirmations.`,
    }
  }
  return {
    en: `The application code is ${after} here, not ${before}: it stands in the name of every flow and in its identifier, and is the user name in SFTP.`,
    fr: `Le code application est ici ${after} et non ${before} : il figure dans le nom et l’identifiant de chaque flux, et sert de nom d’utilisateur en SFTP.`,
  }
}

const CONFIRM_AGAIN: BilingualText = {
  en: 'Dates and confirmations belong to the environment they were given in: give them again.',
  fr: 'Dates et confirmations sont propres à l’environnement où elles ont été données : redonnez-les.',
}

function leftOut(en: string, fr: string, what: string, reason?: BilingualText): BilingualText {
  return {
    en: `Left out: ${en} ${what}. ${reason?.en ?? 'It is not offered here.'}`,
    fr: `Non repris : ${fr} ${what}. ${reason?.fr ?? 'Il n’est pas proposé ici.'}`,
  }
}

/** PEM certificates as the bundle they would come in; what holds none, or a private key, as it is. */
export function bundleOf(chainPem: string): Uint8Array {
  const blocks = chainPem.includes('PRIVATE KEY') ? [] : pemCertificates(chainPem)
  try {
    if (blocks.length > 0) return writePkcs7(blocks)
  } catch {
    // One of them cannot be read: the check says so of the text itself.
  }
  return Buffer.from(chainPem)
}
