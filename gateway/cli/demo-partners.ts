import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { Gateway } from '../main.ts'
import { makePartnerFolder, type PartnerFolder } from '../partner-folder.ts'
import type { CommandContext } from './command-context.ts'
import { registerPartner, sftpAddress } from './partner-registration.ts'

/** The demo's partner on SFTP, as the portal would number it. */
const APPLICATION_CODE = 'ACM001'
const CERTIFICATE_DAYS = 365

/** The demo's partner: registered with the gateway, its folder ready to send from. */
export interface DemoPartner {
  readonly folder: PartnerFolder
  readonly connectionId: string
}

/** Makes the demo's partner, or finds the one an earlier demo made in this data folder. */
export async function openDemoPartner(
  gateway: Gateway,
  config: Config,
  context: CommandContext,
): Promise<DemoPartner> {
  const folder = await makePartnerFolder({
    folder: join(config.data, 'partners', APPLICATION_CODE),
    commonName: `${APPLICATION_CODE} (demo partner)`,
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'client', days: CERTIFICATE_DAYS } as const
      const issued = await gateway.identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our own request')
      return issued
    },
    ...sftpAddress(gateway, config, APPLICATION_CODE),
  })
  const { connectionId } = await registerPartner(
    gateway,
    {
      applicationCode: APPLICATION_CODE,
      name: 'ACME (demo partner)',
      certificatePem: folder.certificatePem,
    },
    context.language,
  )
  return { folder, connectionId }
}
