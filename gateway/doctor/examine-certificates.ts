import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { readCertificatesOf } from '../../certs/bundle.ts'
import { certificateDates } from './certificate-dates.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import { modeOf, octal } from './examine-settings.ts'
import type { Patient } from './patient.ts'

const OTHERS_MAY_READ = 0o044
const MOST_CERTIFICATES = 32
/** Partners told of one by one. */
const MOST_PARTNERS = 50

/** Certificates that the settings name as files, and those of active partners. */
export async function examineCertificates(patient: Patient): Promise<readonly Diagnosis[]> {
  const { api, as2 } = patient.config
  const pairs = [
    { name: 'api', ...api },
    { name: 'as2', ...as2 },
  ].filter(({ tls, enabled }) => enabled && tls === 'files')
  const now = patient.machine.now()
  const diagnoses = await Promise.all([
    ...pairs.map((pair) => ofFiles(pair, now)),
    ofPartners(patient, now),
  ])
  return diagnoses.flat()
}

async function ofFiles(
  pair: { readonly name: string; readonly certificateFile: string; readonly keyFile: string },
  now: number,
): Promise<Diagnosis[]> {
  const { name, certificateFile, keyFile } = pair
  const keyMode = await modeOf(keyFile)
  const rights =
    (keyMode & OTHERS_MAY_READ) === 0
      ? []
      : [found('key-readable', `${keyFile} (${octal(keyMode)})`)]
  try {
    const [chain, keyText] = await Promise.all([readFile(certificateFile), readFile(keyFile)])
    const reading = readCertificatesOf(chain, MOST_CERTIFICATES)
    if ('fault' in reading) {
      return [...rights, found('certificate-unreadable', `${certificateFile} (${reading.fault})`)]
    }
    const [leaf, ...issuers] = reading.bundle.certificates.map(({ x509 }) => x509)
    if (leaf === undefined) return [...rights, found('certificate-unreadable', certificateFile)]
    const isPair = leaf.checkPrivateKey(createPrivateKey(keyText))
    const wrong = [
      ...rights,
      ...certificateDates(leaf, certificateFile, now),
      ...(isPair ? [] : [found('certificate-of-another-key', `${certificateFile}, ${keyFile}`)]),
      ...(isWhole(leaf, issuers) ? [] : [found('certificate-chain-incomplete', certificateFile)]),
    ]
    return wrong.length === 0
      ? [well({ en: `certificate of ${name}`, fr: `certificat de ${name}` }, certificateFile)]
      : wrong
  } catch (error) {
    return [...rights, found('certificate-unreadable', saidBy(error))]
  }
}

/** The file has the issuer of each certificate up to the last one before the root. */
function isWhole(leaf: X509Certificate, issuers: readonly X509Certificate[]): boolean {
  if (leaf.checkIssued(leaf)) return true
  const issuer = issuers.find((one) => leaf.checkIssued(one))
  // An issuer that signs others is enough: the root itself is the client's to have.
  return issuer !== undefined
}

async function ofPartners(patient: Patient, now: number): Promise<Diagnosis[]> {
  const view = await patient.journal().catch(() => undefined)
  const rows = await view
    ?.read(
      `select application_code, certificate_until from connections
        where state = 'ACTIVATED' and certificate_until is not null
        order by certificate_until limit ${MOST_PARTNERS}`,
    )
    .catch(() => [])
  return (rows ?? []).flatMap((row) =>
    certificateDates(
      { validFromDate: new Date(0), validToDate: new Date(Number(row['certificate_until'])) },
      String(row['application_code']),
      now,
    ),
  )
}
