import { existsSync } from 'node:fs'
import { lstat, mkdir, symlink, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import type { ProtocolName } from '../flow.ts'
import type { GatewayDocument } from '../gateway-document.ts'
import { shareSequence } from '../partner-folder.ts'
import { readRunFile } from '../run-file.ts'
import { writeWhole } from '../whole-file.ts'
import type { ApiClient } from './api-client.ts'
import type { Language } from './command-context.ts'
import { tell } from './terminal.ts'

/** The kit of a connection, as the gateway makes it. */
export async function fetchKit(
  client: ApiClient,
  id: string,
  language: Language,
): Promise<Uint8Array> {
  const response = await client.call({ path: `/connections/${id}/kit`, query: { lang: language } })
  return new Uint8Array(await response.arrayBuffer())
}

/**
 * Makes a folder one to `raccord send` from: the kit, where the gateway is, and by which keys to
 * recognise it.
 * @returns the files written
 */
export async function writePartnerKit(
  client: ApiClient,
  connection: ConnectionDocument,
  folder: string,
  language: Language,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const kit = join(folder, 'kit.zip')
  const bytes = await fetchKit(client, connection.id, language)
  await writeFile(kit, bytes)
  const gateway = await client.json<GatewayDocument>({ path: '/gateway' })
  if (gateway[connection.protocol].address === null) return [kit]
  const { unzipSync } = await import('fflate')
  const wanted = FOLDER_FILES[connection.protocol]
  const files = unzipSync(bytes, { filter: ({ name }) => wanted.test(name) })
  const written = [kit]
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeWhole(dirname(file), basename(file), content)
    written.push(file)
  }
  return written
}

/** Of the kit's files, what makes a folder one to send from: nothing that a partner changes. */
const CALLED = /^(connection\.json|gateway\/[a-z0-9-]+\.pem)$/
const FOLDER_FILES: Readonly<Record<ProtocolName, RegExp>> = {
  sftp: /^(connection\.json|known_hosts)$/,
  as2: CALLED,
  pesit: CALLED,
}

/** Where the folders of the partners of this data folder are found, by application code. */
export function partnerPlace(data: string, applicationCode: string): string {
  return resolve(data, 'partners', applicationCode)
}

/**
 * Lets `send --connection` find a partner folder that lies elsewhere, and the gateway tell it its
 * address at the next start: a link in the data folder, when the gateway is on this machine. The
 * folder shares the sequence of the one known before.
 */
export async function rememberPartnerFolder(
  client: ApiClient,
  data: string,
  applicationCode: string,
  folder: string,
): Promise<void> {
  const run = await readRunFile(data)
  if (run?.url !== client.url) return
  const place = partnerPlace(data, applicationCode)
  if (place === resolve(folder)) return
  try {
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    const known = await lstat(place).catch(() => undefined)
    if (known !== undefined) await shareSequence(place, folder)
    if (known?.isSymbolicLink() === true) await unlink(place)
    if (known === undefined || known.isSymbolicLink()) {
      // Windows: a junction needs no right that users lack.
      await symlink(resolve(folder), place, 'junction')
    }
  } catch (error) {
    tell(`! ${place} could not be made (${String(error)}): send with --partner ${folder}`)
  }
}

/** The folder of a certificate file, when the key lies beside it. */
export function folderOfKey(certificateFile: string): string | undefined {
  const folder = dirname(certificateFile)
  return ['client.key', 'server.key'].some((name) => existsSync(join(folder, name)))
    ? folder
    : undefined
}
