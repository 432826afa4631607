import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { IssuedCertificate } from '../certs/authority.ts'
import type { CertificatePart } from '../certs/certificate-checks.ts'
import { makeKeyPair, sshPrivateKey, type KeyKind } from '../certs/key-pair.ts'
import { sshPublicKeyBlob, sshPublicKeyLine } from '../certs/ssh-public-key.ts'
import { isMissing } from './durable-files.ts'
import { GatewayError } from './errors.ts'
import { writeWhole } from './whole-file.ts'

/**
 * What stands for a partner: a key made where it is used (decisions C3), its certificate, its
 * chain, and the bundle that the connection form takes.
 */

/** Which side of a dialogue it is for; also the first word of the files. */
export type CredentialPart = CertificatePart

export interface PartnerCredentials {
  readonly folder: string
  readonly certificatePem: string
  /** Names of the files in `folder`. */
  readonly files: CredentialFiles
  readonly certificatesInBundle: number
  /** False when what was there is still good. */
  readonly isNew: boolean
}

export interface CredentialFiles {
  readonly key: string
  readonly certificate: string
  /** PKCS#7, DER. */
  readonly bundle: string
  readonly chain: string
  /** As SSH writes it. */
  readonly publicKey: string
}

export interface CredentialsOptions {
  readonly folder: string
  /** Subject of the certificate. */
  readonly commonName: string
  /** Default: `client`. */
  readonly part?: CredentialPart
  /** Default: RSA of 3072 bits, as the real gateway wants RSA for SFTP. */
  readonly key?: KeyKind
  /** Has a signing request (PEM) signed: by the API of a gateway, or by its identity. */
  readonly sign: (requestPem: string) => Promise<IssuedCertificate>
  /** Milliseconds UTC: a certificate that has expired by then is replaced, its key kept. */
  readonly now: number
}

/** Says beside the files what is wrong with a certificate that was made wrong. */
export const DEFECT_NOTE = 'DEFECT.txt'

const CERTIFICATE_MARK = '-----BEGIN CERTIFICATE-----'
const DEFAULT_KEY: KeyKind = { type: 'rsa', bits: 3_072 }

export const credentialFiles = (part: CredentialPart): CredentialFiles => ({
  key: `${part}.key`,
  certificate: `${part}.pem`,
  bundle: `${part}.p7b`,
  chain: part === 'client' ? 'chain.pem' : `${part}-chain.pem`,
  publicKey: `${part}.pub`,
})

/** Makes a partner's key here and has its certificate signed; what is there and good stays. */
export async function makePartnerCredentials(
  options: CredentialsOptions,
): Promise<PartnerCredentials> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = credentialFiles(options.part ?? 'client')
  const privateKey = await ownKey(folder, files, options)
  const kept = await readPartnerText(folder, files.certificate)
  if (kept !== undefined && isGood(kept, createPublicKey(privateKey), options.now)) {
    const chain = await readPartnerText(folder, files.chain)
    const certificatesInBundle = chain?.split(CERTIFICATE_MARK).length ?? 1
    return { folder, certificatePem: kept, files, certificatesInBundle, isNew: false }
  }
  const { makeSigningRequest } = await import('../certs/signing-request.ts')
  const issued = await options.sign(makeSigningRequest(options.commonName, privateKey))
  const bundlePem = [issued.certificatePem, ...issued.chainPem]
  await writeCredentials(folder, files, {
    ...issued,
    publicKey: createPublicKey(privateKey),
    commonName: options.commonName,
    bundlePem,
  })
  return {
    folder,
    certificatePem: issued.certificatePem,
    files,
    certificatesInBundle: bundlePem.length,
    isNew: true,
  }
}

/** Writes everything but the private key, the certificate last. */
export async function writeCredentials(
  folder: string,
  files: CredentialFiles,
  made: IssuedCertificate & {
    readonly publicKey: KeyObject
    readonly commonName: string
    /** What the bundle holds, in its order. */
    readonly bundlePem: readonly string[]
  },
): Promise<void> {
  const { writePkcs7 } = await import('../certs/write-pkcs7.ts')
  const blob = sshPublicKeyBlob(made.publicKey)
  if (blob !== undefined) {
    await writeWhole(folder, files.publicKey, `${sshPublicKeyLine(blob, made.commonName)}\n`)
  }
  await writeWhole(folder, files.chain, made.chainPem.join(''))
  await writeWhole(folder, files.bundle, writePkcs7(made.bundlePem))
  await writeWhole(folder, files.certificate, made.certificatePem)
}

/** The key of the folder; made when there is none. */
async function ownKey(
  folder: string,
  files: CredentialFiles,
  options: Pick<CredentialsOptions, 'key' | 'commonName'>,
): Promise<KeyObject> {
  const kept = await readPartnerText(folder, files.key)
  if (kept === undefined) {
    const { privateKey } = await makeKeyPair(options.key ?? DEFAULT_KEY)
    await writeWhole(folder, files.key, sshPrivateKey(privateKey, options.commonName), 0o600)
    // Somebody else may have been first: theirs stands.
    return ownKey(folder, files, options)
  }
  await chmod(join(folder, files.key), 0o600)
  try {
    return createPrivateKey(kept)
  } catch (cause) {
    throw folderFault(folder, files.key, 'is no private key in PEM without a passphrase', cause)
  }
}

function isGood(certificatePem: string, publicKey: KeyObject, now: number): boolean {
  try {
    const certificate = new X509Certificate(certificatePem)
    return certificate.publicKey.equals(publicKey) && certificate.validToDate.getTime() > now
  } catch {
    return false
  }
}

/** Text of a file of a partner folder; undefined when it is not there. */
export async function readPartnerText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw folderFault(folder, name, 'cannot be read', error)
  }
}

export function folderFault(
  folder: string,
  name: string,
  what: string,
  cause?: unknown,
): GatewayError {
  return new GatewayError('PARTNER_FOLDER_INCOMPLETE', `${join(folder, name)} ${what}.`, { cause })
}
