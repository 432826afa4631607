import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Identity } from '../identity.ts'
import type { Logger } from '../logger.ts'
import type { OwnCertificate } from './alert-reading.ts'

/** A certificate in a file that the settings name; PEM, the end-entity certificate first. */
export interface CertificateFile {
  /** `api`, `as2`. */
  readonly name: string
  readonly path: string
}

/** What the gateway shows to others: its identity, and files of the settings that can be read. */
export async function readOwnCertificates(
  identity: Pick<Identity, 'list'>,
  files: readonly CertificateFile[],
  log: Logger,
): Promise<readonly OwnCertificate[]> {
  const keys = identity
    .list()
    .flatMap(({ kind, notAfter }) => (notAfter === null ? [] : [{ kind, notAfter }]))
  const read = files.map(async ({ name, path }) => {
    try {
      const { validToDate } = new X509Certificate(await readFile(path))
      return [{ kind: `file:${name}`, notAfter: validToDate.getTime() }]
    } catch (err) {
      log.warn({ err, name }, 'a certificate file could not be read')
      return []
    }
  })
  return [...keys, ...(await Promise.all(read)).flat()]
}
