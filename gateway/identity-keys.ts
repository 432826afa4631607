import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import type { IdentityFile, IdentityFolder } from './identity-files.ts'
import type { Logger } from './logger.ts'

/** What a key file holds: a private key, and its certificates behind it. */

type KeyText = Pick<IdentityFile, 'path' | 'text'>
type AtLeastOne<Item> = readonly [Item, ...Item[]]

const CERTIFICATE_MARK = '-----BEGIN CERTIFICATE-----'

/** The keys of a role, newest first; makes the first one when there is none. */
export async function addFirstKey(
  folder: IdentityFolder,
  options: { readonly clock: Clock; readonly log: Logger },
  role: string,
  make: () => Promise<string>,
): Promise<AtLeastOne<IdentityFile>> {
  const files = await folder.read(role)
  if (isFilled(files)) return files
  await folder.addFirst(role, options.clock.now(), await make())
  options.log.info({ role }, 'identity key made')
  const made = await folder.read(role)
  if (isFilled(made)) return made
  throw new GatewayError('IDENTITY_UNREADABLE', `The ${role} just made is not there.`)
}

/** @throws GatewayError IDENTITY_UNREADABLE */
export function requirePrivateKey(file: KeyText): { keyPem: string; key: KeyObject } {
  const end = file.text.indexOf(CERTIFICATE_MARK)
  const keyPem = end === -1 ? file.text : file.text.slice(0, end)
  try {
    return { keyPem, key: createPrivateKey(keyPem) }
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** The certificates of a key file: its own first. @throws GatewayError IDENTITY_UNREADABLE */
export function certificatesIn(file: KeyText): AtLeastOne<string> {
  const [, ...parts] = file.text.split(CERTIFICATE_MARK)
  const certificates = parts.map((part) => CERTIFICATE_MARK + part)
  if (isFilled(certificates)) return certificates
  throw unreadable(file)
}

/** A key of the identity that is not what it should be; it is never made anew silently. */
export function unreadable(file: KeyText, cause?: unknown): GatewayError {
  return new GatewayError('IDENTITY_UNREADABLE', `${file.path} is not the key it should be.`, {
    cause,
  })
}

const isFilled = <Item>(items: readonly Item[]): items is AtLeastOne<Item> => items.length > 0
