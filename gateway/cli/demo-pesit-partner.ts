import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { Gateway } from '../main.ts'
import type { PesitAddress } from '../partner-address.ts'
import { credentialFiles, makePartnerCredentials } from '../partner-credentials.ts'
import { openPartnerFolder, writePartnerAddress, type PartnerFolder } from '../partner-folder.ts'
import { writeWhole } from '../whole-file.ts'
import type { CommandContext } from './command-context.ts'
import { DEMO_PARTNER_HOST, demoPartnerPort } from './demo-partner-port.ts'
import { demoCode, type DemoPartner, type PartnerWish } from './demo-partners.ts'
import { registerPartner } from './partner-registration.ts'

/** `GAM003`: letters, and the number that the portal would begin with. */
const LETTERS = 'GAM'
const FIRST_NUMBER = 3
const CERTIFICATE_DAYS = 365

/**
 * Makes the demo's partner on PeSIT inside mutual TLS, or finds the one of an earlier demo:
 * registered with the gateway, which brings its return flows to this machine. One certificate for
 * both sides, as the form of PeSIT wants it.
 * @returns undefined when the gateway does not listen for PeSIT inside TLS
 */
export async function openDemoPesitPartner(
  gateway: Gateway,
  config: Config,
  context: CommandContext,
  wish: PartnerWish = {},
): Promise<DemoPartner<PesitAddress> | undefined> {
  const own = gateway.run.listeners.find(({ protocol }) => protocol === 'pesit')
  if (own === undefined || !config.pesit.enabled) return undefined
  const applicationCode = wish.applicationCode ?? demoCode(gateway, config, LETTERS, FIRST_NUMBER)
  const place = join(config.data, 'partners', applicationCode)
  const port = await demoPartnerPort(place)
  await makeCredentials(gateway, place, applicationCode)
  const isEverywhere = own.host === '0.0.0.0' || own.host === '::'
  const address: PesitAddress = {
    protocol: 'pesit',
    applicationCode,
    host: isEverywhere ? DEMO_PARTNER_HOST : own.host,
    port: own.port,
    isTls: true,
    ownId: applicationCode,
    gatewayId: config.pesit.identifiers[0] ?? '',
    listener: { host: DEMO_PARTNER_HOST, port },
  }
  await writePartnerAddress(place, address)
  // What was just written is an address of PeSIT.
  const folder = (await openPartnerFolder(place)) as PartnerFolder<PesitAddress>
  const { certificatePem } = await folder.credentials('client')
  const { connectionId } = await registerPartner(
    gateway,
    {
      applicationCode,
      name: 'GAMMA (demo partner on PeSIT)',
      ...(wish.modes === undefined ? {} : { modes: wish.modes }),
      certificatePem,
      protocol: 'pesit',
      network: {
        pesit: {
          host: DEMO_PARTNER_HOST,
          port,
          requesterId: applicationCode,
          serverId: applicationCode,
        },
      },
    },
    context.language,
  )
  return { folder, connectionId }
}

async function makeCredentials(
  { identity }: Gateway,
  folder: string,
  applicationCode: string,
): Promise<void> {
  await makePartnerCredentials({
    folder,
    commonName: `${applicationCode} (demo partner)`,
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
