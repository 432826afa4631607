import { readFile } from 'node:fs/promises'
import { openAs2Connections } from '../../processing/partnerships/openas2-connections.ts'
import { readOpenAs2, type OpenAs2File } from '../../processing/partnerships/read-openas2.ts'
import type { ConnectionExport } from '../connections/connection-forms.ts'
import type { GatewayDocument } from '../gateway-document.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell } from './terminal.ts'

export interface OpenAs2ImportOptions {
  readonly openas2?: boolean
  readonly gateway: string
  readonly structure?: string
}

/**
 * Partners of an OpenAS2 as connections that can be imported. What a form does not say is told:
 * certificates are in its key store, and settings are an operator's.
 * @throws CommandFailure usage
 */
export async function readOpenAs2Documents(
  client: ApiClient,
  path: string,
  { gateway, structure }: OpenAs2ImportOptions,
): Promise<readonly ConnectionExport[]> {
  if (structure === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'Of which structure are these partners?',
      'Name it with --structure SIRET.',
    )
  }
  const found = openAs2Connections(await read(path), gateway)
  if (found === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      `${path} knows no partner ${gateway}.`,
      'Name the gateway in it with --gateway.',
    )
  }
  const { environment } = await client.json<GatewayDocument>({ path: '/gateway' })
  return found.map((one) => {
    const { name, as2Id, url, alias, settings, notes } = one
    for (const note of notes) tell(`! ${name}: ${note}`)
    if (Object.keys(settings).length > 0) {
      tell(`! ${name}: settings for an operator, under as2: ${JSON.stringify(settings)}`)
    }
    if (alias !== undefined) tell(`! ${name}: give its certificate, ${alias} in the key store`)
    return {
      structure,
      name,
      protocol: 'as2',
      environment,
      form: { network: { as2: { as2Id, ...(url === undefined ? {} : { url }) } } },
      certificates: [],
    }
  })
}

async function read(path: string): Promise<OpenAs2File> {
  const bytes = await readFile(path).catch(() => {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${path}.`)
  })
  try {
    return readOpenAs2(bytes)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(EXIT.usage, `${path} is no partnerships.xml of OpenAS2. ${why}`)
  }
}
