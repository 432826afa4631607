import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { Gateway } from '../main.ts'
import type { PesitAddress } from '../partner-address.ts'
import { credentialFiles, makePartnerCredentials } from '../partner-credentials.ts'
import { openPartnerFolder, writePartnerAddress, type PartnerFolder } from '../partner-folder.ts'
import { writeWhole } from '../whole-file.ts'
import type { CommandContext } from './command-context.ts'
import { startPesitPartner, type PesitPartnerListener } from './listen-via-pesit.ts'
import type { PartnerListenerOptions } from './partner-listener.ts'
import { registerPartner } from './partner-registration.ts'

/** The demo's partner on PeSIT, as the portal would number it. */
export const PESIT_DEMO_CODE = 'GAM003'
const CERTIFICATE_DAYS = 365
const LOOPBACK = '127.0.0.1'

export interface PesitDemoPartner {
  readonly folder: PartnerFolder<PesitAddress>
  readonly connectionId: string
  /** Where the gateway brings its return flows. */
  readonly listener: PesitPartnerListener
}

/**
 * Makes the demo's partner on PeSIT, listening, registered and ready to send: one certificate for
 * both sides, as the form of PeSIT wants it.
 */
export async function openPesitDemoPartner(
  gateway: Gateway,
  config: Config,
  context: CommandContext,
  received: PartnerListenerOptions['received'],
): Promise<PesitDemoPartner> {
  const place = join(config.data, 'partners', PESIT_DEMO_CODE)
  await makeCredentials(gateway, place)
  const own = gateway.run.listeners.find(({ protocol }) => protocol === 'pesit')
  const address: PesitAddress = {
    protocol: 'pesit',
    applicationCode: PESIT_DEMO_CODE,
    host: LOOPBACK,
    port: own?.port ?? config.pesit.port,
    isTls: true,
    ownId: PESIT_DEMO_CODE,
    gatewayId: config.pesit.identifiers[0] ?? '',
    listener: { host: LOOPBACK, port: 0 },
  }
  await writePartnerAddress(place, address)
  const folder = (await openPartnerFolder(place)) as PartnerFolder<PesitAddress>
  const listener = await startPesitPartner(folder, { received, tell: () => {} })
  const { certificatePem } = await folder.credentials('client')
  const network = {
    pesit: {
      host: LOOPBACK,
      port: listener.port,
      requesterId: PESIT_DEMO_CODE,
      serverId: PESIT_DEMO_CODE,
    },
  }
  const { connectionId } = await registerPartner(
    gateway,
    {
      applicationCode: PESIT_DEMO_CODE,
      name: 'GAMMA (demo partner)',
      certificatePem,
      protocol: 'pesit',
      network,
    },
    context.language,
  )
  return { folder, connectionId, listener }
}

async function makeCredentials({ identity }: Gateway, folder: string): Promise<void> {
  await makePartnerCredentials({
    folder,
    commonName: `${PESIT_DEMO_CODE} (demo partner)`,
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'pesit', days: CERTIFICATE_DAYS } as const
      const issued = await identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our own request')
      return issued
    },
  })
  const [client, server] = [credentialFiles('client'), credentialFiles('server')]
  for (const file of ['key', 'certificate', 'chain'] as const) {
    await copyFile(join(folder, client[file]), join(folder, server[file]))
  }
  await mkdir(join(folder, 'gateway'), { recursive: true, mode: 0o700 })
  for (const kind of ['pesit-server', 'pesit-client'] as const) {
    const { certificatePem } = await identity.certificate(kind)
    await writeWhole(join(folder, 'gateway'), `${kind}.pem`, certificatePem)
  }
}
