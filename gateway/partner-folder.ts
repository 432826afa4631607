import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { IssuedCertificate } from '../certs/authority.ts'
import { makeKeyPair, sshPrivateKey, type KeyKind } from '../certs/key-pair.ts'
import { sshPublicKeyBlob, sshPublicKeyLine } from '../certs/ssh-public-key.ts'
import { GatewayError } from './errors.ts'
import { nextInSequence } from './partner-sequence.ts'

/**
 * What a partner needs to send, in one folder of its own (decisions C3): the gateway never stores
 * a partner's private key, and nothing here is read by the gateway.
 */
export interface PartnerFolder {
  /** Absolute. */
  readonly folder: string
  readonly applicationCode: string
  readonly host: string
  readonly port: number
  /** For `sftp -i`. */
  readonly keyFile: string
  /** Text of `keyFile`. */
  readonly privateKey: string
  readonly certificatePem: string
  /** For `-o UserKnownHostsFile=`. */
  readonly knownHostsFile: string
  /** Lines of `knownHostsFile`. */
  readonly knownHosts: readonly string[]
  /** A number for a flow's name: durable, never given twice. */
  nextSequence(): Promise<number>
}

/** Key, certificate and chain of a partner, before it knows where to send. */
export interface PartnerCredentials {
  readonly folder: string
  readonly certificatePem: string
  /** False when what was there is still good. */
  readonly isNew: boolean
}

export interface CredentialsOptions {
  readonly folder: string
  /** Subject of the certificate. */
  readonly commonName: string
  /** Default: RSA of 3072 bits, as the real gateway wants RSA for SFTP. */
  readonly key?: KeyKind
  /** Has a signing request (PEM) signed: by the API of a gateway, or by its identity. */
  readonly sign: (requestPem: string) => Promise<IssuedCertificate>
  /** Milliseconds UTC: a certificate that has expired by then is replaced, its key kept. */
  readonly now: number
}

/** Where a partner sends to, as `connection.json` keeps it. */
const connectionSchema = z.object({
  applicationCode: z.string().regex(/^[A-Z0-9]{6}$/),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
})
export type PartnerAddress = Readonly<z.output<typeof connectionSchema>>

const FILES = {
  key: 'client.key',
  publicKey: 'client.pub',
  certificate: 'client.pem',
  chain: 'chain.pem',
  knownHosts: 'known_hosts',
  connection: 'connection.json',
  sequence: 'sequence',
} as const

const DEFAULT_KEY: KeyKind = { type: 'rsa', bits: 3_072 }

/** Makes a partner's key here and has its certificate signed; what is there and good stays. */
export async function makePartnerCredentials(
  options: CredentialsOptions,
): Promise<PartnerCredentials> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const privateKey = await ownKey(folder, options)
  const publicKey = createPublicKey(privateKey)
  const kept = await readText(folder, FILES.certificate)
  if (kept !== undefined && isGood(kept, publicKey, options.now)) {
    return { folder, certificatePem: kept, isNew: false }
  }
  const { makeSigningRequest } = await import('../certs/signing-request.ts')
  const { certificatePem, chainPem } = await options.sign(
    makeSigningRequest(options.commonName, privateKey),
  )
  const blob = sshPublicKeyBlob(publicKey)
  if (blob !== undefined) {
    await writeWhole(folder, FILES.publicKey, `${sshPublicKeyLine(blob, options.commonName)}\n`)
  }
  await writeWhole(folder, FILES.chain, chainPem.join(''))
  await writeWhole(folder, FILES.certificate, certificatePem)
  return { folder, certificatePem, isNew: true }
}

/** Says where the partner sends to and which host keys to expect there; replaces what was said. */
export async function writePartnerAddress(
  folder: string,
  address: PartnerAddress,
  knownHosts: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeWhole(folder, FILES.knownHosts, `${knownHosts.join('\n')}\n`)
  await writeWhole(folder, FILES.connection, `${JSON.stringify(address, null, 2)}\n`)
}

/** Credentials, address and all: a folder to send from. */
export async function makePartnerFolder(
  options: CredentialsOptions & {
    readonly address: PartnerAddress
    readonly knownHosts: readonly string[]
  },
): Promise<PartnerFolder> {
  const { folder } = await makePartnerCredentials(options)
  await writePartnerAddress(folder, options.address, options.knownHosts)
  return openPartnerFolder(folder)
}

/**
 * Reads a partner folder. A certificate is not needed to send by SFTP and may be missing.
 * @throws GatewayError PARTNER_FOLDER_INCOMPLETE naming the file that is missing or wrong
 */
export async function openPartnerFolder(path: string): Promise<PartnerFolder> {
  const folder = resolve(path)
  const [privateKey, knownHosts, connection, certificatePem = ''] = await Promise.all([
    requireText(folder, FILES.key),
    requireText(folder, FILES.knownHosts),
    requireText(folder, FILES.connection),
    readText(folder, FILES.certificate),
  ])
  const address = parseAddress(connection)
  if (address === undefined) {
    throw incomplete(folder, FILES.connection, 'wants applicationCode, host and port')
  }
  return {
    folder,
    ...address,
    keyFile: join(folder, FILES.key),
    privateKey,
    certificatePem,
    knownHostsFile: join(folder, FILES.knownHosts),
    knownHosts: knownHosts.split('\n').filter((line) => line.trim() !== ''),
    nextSequence: () => nextInSequence(join(folder, FILES.sequence)),
  }
}

/** The key of the folder; made when there is none. */
async function ownKey(folder: string, options: CredentialsOptions): Promise<KeyObject> {
  const kept = await readText(folder, FILES.key)
  if (kept === undefined) {
    const { privateKey } = await makeKeyPair(options.key ?? DEFAULT_KEY)
    await writeWhole(folder, FILES.key, sshPrivateKey(privateKey, options.commonName), 0o600)
    // Somebody else may have been first: theirs stands.
    return ownKey(folder, options)
  }
  await chmod(join(folder, FILES.key), 0o600)
  try {
    return createPrivateKey(kept)
  } catch (cause) {
    throw incomplete(folder, FILES.key, 'is no private key in PEM without a passphrase', cause)
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

function parseAddress(text: string): PartnerAddress | undefined {
  try {
    const parsed = connectionSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** Writes a file whole and durable, or leaves what was there; a private one is never replaced. */
async function writeWhole(
  folder: string,
  name: string,
  text: string,
  mode: 0o600 | 0o644 = 0o644,
): Promise<void> {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}`)
  const file = await open(temporary, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  const target = join(folder, name)
  if (mode === 0o644) return rename(temporary, target)
  await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(temporary)
}

async function readText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw incomplete(folder, name, 'cannot be read', error)
  }
}

async function requireText(folder: string, name: string): Promise<string> {
  const text = await readText(folder, name)
  if (text === undefined) throw incomplete(folder, name, 'is not there')
  return text
}

function incomplete(folder: string, name: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('PARTNER_FOLDER_INCOMPLETE', `${join(folder, name)} ${what}.`, { cause })
}
