import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { CertificateCheck, CertificatePart } from '../../certs/certificate-checks.ts'
import type { ProtocolName } from '../flow.ts'
import type { ApiClient } from './api-client.ts'
import { CERTIFICATE_PARTS } from './certificate-protocols.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** A certificate file that is to go into a form. */
export interface CertificateFile {
  readonly path: string
  readonly part: CertificatePart
  readonly bytes: Uint8Array
}

/**
 * Reads the files that `--cert` and `--server-cert` name.
 * @throws CommandFailure usage: not there, one too many, or it holds a private key, which must not
 * leave this machine
 */
export async function readCertificateFiles(
  protocol: ProtocolName,
  cert: string | undefined,
  serverCert: string | undefined,
): Promise<readonly CertificateFile[]> {
  const parts = CERTIFICATE_PARTS[protocol].map(({ part }) => part)
  if (serverCert !== undefined && parts.length === 1) {
    throw new CommandFailure(
      EXIT.usage,
      `${protocol.toUpperCase()} has one certificate.`,
      'Name it with --cert.',
    )
  }
  const named = [
    ...(cert === undefined ? [] : [{ path: cert, part: parts[0] ?? 'client' }]),
    ...(serverCert === undefined ? [] : [{ path: serverCert, part: 'server' as const }]),
  ]
  return Promise.all(
    named.map(async (one) => ({ ...one, bytes: await readCertificateFile(one.path) })),
  )
}

/** @throws CommandFailure usage */
export async function readCertificateFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch(() => {
    throw new CommandFailure(
      EXIT.usage,
      `There is no readable file ${path}.`,
      'Make one with: raccord certs make --for sftp --cn NAME --out FOLDER',
    )
  })
  if (bytes.includes('PRIVATE KEY')) {
    throw new CommandFailure(
      EXIT.usage,
      `${path} holds a private key: it was not sent.`,
      'Give the certificate with its chain (.p7b); the key stays where it is.',
    )
  }
  return bytes
}

/** What "Certificate(s) checking" says of the files, before a form is made. */
export async function checkFiles(
  client: ApiClient,
  protocol: ProtocolName,
  files: readonly CertificateFile[],
): Promise<readonly CertificateCheck[]> {
  const answers = await Promise.all(
    files.map(({ bytes, part, path }) =>
      client.checkCertificates({ bytes, protocol, part, fileName: basename(path) }),
    ),
  )
  return answers.flatMap(({ checks }) => checks)
}
