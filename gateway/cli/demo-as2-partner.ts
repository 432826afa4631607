import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { Gateway } from '../main.ts'
import type { As2Address } from '../partner-address.ts'
import { makePartnerFolder } from '../partner-folder.ts'
import { writeWhole } from '../whole-file.ts'
import type { CommandContext } from './command-context.ts'
import { DEMO_PARTNER_HOST, demoPartnerPort } from './demo-partner-port.ts'
import { demoCode, type DemoPartner, type PartnerWish } from './demo-partners.ts'
import { registerPartner } from './partner-registration.ts'

/** `BET002`: letters, and the number that the portal would begin with. */
const LETTERS = 'BET'
const FIRST_NUMBER = 2
const CERTIFICATE_DAYS = 365

/**
 * Makes the demo's partner on AS2, or finds the one of an earlier demo: registered with the gateway,
 * which brings its return flows to this machine.
 * @returns undefined when the gateway does not listen for AS2
 */
export async function openDemoAs2Partner(
  gateway: Gateway,
  config: Config,
  context: CommandContext,
  wish: PartnerWish = {},
): Promise<DemoPartner<As2Address> | undefined> {
  const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'as2')
  if (listener === undefined) return undefined
  const applicationCode = wish.applicationCode ?? demoCode(gateway, config, LETTERS, FIRST_NUMBER)
  const place = join(config.data, 'partners', applicationCode)
  const port = await demoPartnerPort(place)
  const ownUrl = `http://${DEMO_PARTNER_HOST}:${port}/as2`
  const isEverywhere = listener.host === '0.0.0.0' || listener.host === '::'
  const host = isEverywhere ? DEMO_PARTNER_HOST : listener.host
  const folder = await makePartnerFolder<As2Address>({
    folder: place,
    commonName: `${applicationCode} (demo partner)`,
    part: 'server',
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'as2', days: CERTIFICATE_DAYS } as const
      const issued = await gateway.identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our own request')
      return issued
    },
    address: {
      protocol: 'as2',
      applicationCode,
      url: `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}${config.as2.path}`,
      ownId: applicationCode,
      gatewayId: GATEWAY_ID,
      ownUrl,
      listener: { host: DEMO_PARTNER_HOST, port },
    },
  })
  await writeGatewayCertificates(gateway, place)
  const { certificatePem } = await folder.credentials('server')
  const { connectionId } = await registerPartner(
    gateway,
    {
      applicationCode,
      name: 'BETA (demo partner on AS2)',
      ...(wish.modes === undefined ? {} : { modes: wish.modes }),
      certificatePem,
      protocol: 'as2',
      network: { as2: { url: ownUrl, as2Id: applicationCode } },
    },
    context.language,
  )
  return { folder, connectionId }
}

/** What partners call the gateway unless theirs says otherwise. [simulated] */
const GATEWAY_ID = 'CPP001'

/** As a kit has them: each with its chain, the one in use first. */
async function writeGatewayCertificates({ identity }: Gateway, place: string): Promise<void> {
  const folder = join(place, 'gateway')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const certificates = await identity.certificates('as2')
  for (const [index, { certificatePem, chainPem }] of certificates.entries()) {
    const name = `as2${index === 0 ? '' : `-${index + 1}`}.pem`
    await writeWhole(folder, name, [certificatePem, ...chainPem].join(''))
  }
}
