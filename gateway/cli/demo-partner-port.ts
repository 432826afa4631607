import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPartnerFolder } from '../partner-folder.ts'
import { freePort } from './free-port.ts'

/** Partners of the demo are on this machine. */
export const DEMO_PARTNER_HOST = '127.0.0.1'

/**
 * Where a partner of the demo that is called listens: the port that an earlier demo registered, else
 * a free one.
 */
export async function demoPartnerPort(folder: string): Promise<number> {
  return (await registeredPort(folder)) ?? (await freePort())
}

async function registeredPort(folder: string): Promise<number | undefined> {
  if (!existsSync(join(folder, 'connection.json'))) return undefined
  const { address } = await openPartnerFolder(folder)
  return 'listener' in address ? address.listener?.port : undefined
}
