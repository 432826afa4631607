import type {
  CertificateCheck,
  CertificatePart,
  CertificateVerdict,
} from '../../certs/certificate-checks.ts'
import { certificateParts } from '../../certs/requirements.ts'
import { writePkcs7 } from '../../certs/write-pkcs7.ts'
import type { CertificateTrust } from '../certificate-trust.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { startOfDayInParis } from '../paris-days.ts'
import { findCertificateUsers } from './certificate-users.ts'
import type { CertificateUpload } from './connection-forms.ts'
import type { CertificateRecord, ConnectionRecord } from './connection-record.ts'
import type { ConnectionForm, FormFault } from './form.ts'

export interface FormCertificatesOptions {
  readonly journal: Journal
  readonly environment: Environment
  /** Asked for at every check: the trust folder may have changed. */
  readonly trust: () => Promise<CertificateTrust>
}

type ListedCertificate = NonNullable<ConnectionForm['certificates']>[number]

/** Looks at the certificates of forms, those that come and those that are there. */
export class FormCertificates {
  readonly #options: FormCertificatesOptions

  constructor(options: FormCertificatesOptions) {
    this.#options = options
  }

  /** @param now milliseconds UTC, business time */
  async check(
    connection: Pick<ConnectionRecord['row'], 'id' | 'protocol'> & {
      readonly form: ConnectionForm
    },
    upload: Pick<CertificateUpload, 'bytes' | 'part' | 'startsAt'>,
    now: number,
  ): Promise<CertificateVerdict> {
    const { journal, environment } = this.#options
    // What reads certificates is loaded when there is one to read.
    const { checkCertificates } = await import('../../certs/check-certificates.ts')
    const trust = await this.#options.trust()
    const startsAt = upload.startsAt ?? startOf(connection.form)
    return checkCertificates({
      bytes: upload.bytes,
      protocol: connection.protocol,
      ...(upload.part === undefined ? {} : { part: upload.part }),
      now,
      ...(startsAt === undefined ? {} : { startsAt }),
      environment,
      ...trust,
      findUsers: (sha256, spkiSha256) =>
        findCertificateUsers(
          journal,
          environment,
          { id: connection.id, as2Id: connection.form.network?.as2?.as2Id },
          { sha256, spkiSha256 },
        ),
    })
  }

  /**
   * Every certificate of the form once more, as things are now: dates, trust and other connections
   * may have changed since it was given. One that another of its part stands beside may have ended.
   */
  async faults(record: ConnectionRecord, now: number): Promise<readonly FormFault[]> {
    const faults: FormFault[] = []
    for (const [index, listed] of (record.form.certificates ?? []).entries()) {
      const given = record.certificates.find((one) => one.sha256 === listed.sha256)
      if (given === undefined || isSucceeded(record, listed, now)) continue
      const upload = {
        bytes: writePkcs7(pemCertificates(given.chain_pem)),
        part: listed.part,
        ...(listed.startsAt === undefined ? {} : { startsAt: Date.parse(listed.startsAt) }),
      }
      const { checks } = await this.check({ ...record.row, form: record.form }, upload, now)
      faults.push(...checks.flatMap((line) => checkFault(line, `certificates.${index}`)))
    }
    return faults
  }
}

/**
 * The part a file is for: the only one of its protocol, else the one that is named.
 * @throws GatewayError API_REQUEST_INVALID when PeSIT is not told which of its two
 */
export function partOf(
  protocol: ConnectionRecord['row']['protocol'],
  part: CertificatePart | undefined,
): CertificatePart {
  const [only, second] = certificateParts(protocol)
  if (only !== undefined && second === undefined) return only
  if (part !== undefined) return part
  const message = {
    en: 'PeSIT has two certificates: say client or server.',
    fr: 'PeSIT a deux certificats : précisez client ou serveur.',
  }
  throw new GatewayError('API_REQUEST_INVALID', message.en, {
    details: [{ field: 'part', message }],
  })
}

/** The row of a certificate that passed its checks. */
export function certificateRecord(
  id: ConnectionId,
  verdict: CertificateVerdict,
  now: number,
): CertificateRecord | undefined {
  const { certificate, chainPem, isUsable } = verdict
  if (certificate === undefined || !isUsable) return undefined
  return {
    connection_id: id,
    sha256: certificate.sha256,
    spki_sha256: certificate.spkiSha256,
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial: certificate.serialNumber,
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    chain_pem: chainPem,
    added_at: now,
  }
}

/**
 * The form with a certificate more. Without a start it takes the place of all of its part; with
 * one it stands beside the present certificate, in the place of a successor given earlier.
 */
export function withCertificate(
  form: ConnectionForm,
  listed: ListedCertificate,
  now: number,
): ConnectionForm {
  const present = form.certificates ?? []
  const stay = present.filter((one) => {
    if (one.sha256 === listed.sha256 && one.part === listed.part) return false
    if (one.part !== listed.part) return true
    if (listed.startsAt === undefined) return false
    return one.startsAt === undefined || Date.parse(one.startsAt) <= now
  })
  // Of those that have started, only the last is still the present one.
  const started = stay.filter((one) => one.part === listed.part)
  const others = stay.filter((one) => one.part !== listed.part)
  return { ...form, certificates: [...others, ...started.slice(-1), listed] }
}

export function withoutCertificate(form: ConnectionForm, sha256: string): ConnectionForm {
  return { ...form, certificates: (form.certificates ?? []).filter((one) => one.sha256 !== sha256) }
}

/** PEM blocks of a chain, one each. */
export function pemCertificates(chainPem: string): readonly string[] {
  return chainPem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}

function checkFault(line: CertificateCheck, field: string): readonly FormFault[] {
  if (line.outcome !== 'fail') return []
  const message = {
    en: `${line.label.en}: ${line.reason.en}`,
    fr: `${line.label.fr} : ${line.reason.fr}`,
  }
  const code = line.codes[0] ?? 'CERTIFICATE_REFUSED'
  return [{ field, code, message, remedy: line.remedy ?? NO_REMEDY }]
}

const NO_REMEDY = { en: 'Give another certificate.', fr: 'Fournissez un autre certificat.' }

/** Another of its part has begun to be accepted: this one may end. */
function isSucceeded(record: ConnectionRecord, listed: ListedCertificate, now: number): boolean {
  return (record.form.certificates ?? []).some(
    (one) =>
      one.part === listed.part &&
      one.sha256 !== listed.sha256 &&
      one.startsAt !== undefined &&
      Date.parse(one.startsAt) <= now &&
      (listed.startsAt === undefined || Date.parse(listed.startsAt) < Date.parse(one.startsAt)),
  )
}

function startOf(form: ConnectionForm): number | undefined {
  return form.validFrom === undefined ? undefined : startOfDayInParis(form.validFrom)
}
