import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LeafPurpose } from '../certs/authority.ts'
import type { CertificatePart } from '../certs/certificate-checks.ts'
import { DEFECTS, type Defect, type DefectRow } from '../certs/defects.ts'
import { makeKeyPair, sshPrivateKey, type KeyKind } from '../certs/key-pair.ts'
import type { Clock } from './clock.ts'
import { openTestAuthority } from './identity-authority.ts'
import { IdentityFolder } from './identity-files.ts'
import type { Logger } from './logger.ts'
import {
  credentialFiles,
  DEFECT_NOTE,
  folderFault,
  writeCredentials,
  type PartnerCredentials,
} from './partner-credentials.ts'
import { writeWhole } from './whole-file.ts'

export interface DefectiveCredentialsOptions {
  readonly folder: string
  readonly part: CertificatePart
  readonly purpose: LeafPurpose
  readonly commonName: string
  readonly key: KeyKind
  readonly days: number
  readonly dnsNames: readonly string[]
  readonly defect: Defect
  /** `DATA/identity`: with the private key of the test authority. */
  readonly identityFolder: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Makes credentials with one wrong thing in them, in a folder of their own.
 * @throws GatewayError PARTNER_FOLDER_INCOMPLETE where a key lies already
 */
export async function makeDefectiveCredentials(
  options: DefectiveCredentialsOptions,
): Promise<PartnerCredentials> {
  const { part, commonName, defect } = options
  const folder = resolve(options.folder)
  const files = credentialFiles(part)
  if (existsSync(join(folder, files.key))) {
    throw folderFault(
      folder,
      files.key,
      'is there already: a wrong certificate wants its own folder',
    )
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const row: DefectRow = DEFECTS[defect]
  const { privateKey } = await makeKeyPair(row.key ?? options.key)
  const publicKey = createPublicKey(privateKey)
  const authority = await openTestAuthority(new IdentityFolder(options.identityFolder), options)
  const made = await row.make({
    ...authority,
    commonName,
    publicKey,
    purpose: options.purpose,
    dnsNames: options.dnsNames,
    now: options.clock.now(),
    days: options.days,
  })
  await writeWhole(folder, DEFECT_NOTE, `${defect}: ${row.what.en}\nfails: ${row.fails}\n`)
  await writeWhole(folder, files.key, sshPrivateKey(privateKey, commonName), 0o600)
  await writeCredentials(folder, files, { ...made, publicKey, commonName })
  return {
    folder,
    files,
    certificatePem: made.certificatePem,
    certificatesInBundle: made.bundlePem.length,
    isNew: true,
  }
}
