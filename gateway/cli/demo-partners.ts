import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { ProcessingMode } from '../flow.ts'
import type { Gateway } from '../main.ts'
import type { PartnerAddress, SftpAddress } from '../partner-address.ts'
import { makePartnerFolder, type PartnerFolder } from '../partner-folder.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { registerPartner, sftpAddress } from './partner-registration.ts'

/** The demo's partners on SFTP, `ACM001` first, as the portal would number them. */
const APPLICATION_LETTERS = 'ACM'
const MAX_NUMBER = 999
const CERTIFICATE_DAYS = 365

/** Other than the demo's own. */
export interface PartnerWish {
  readonly applicationCode?: string
  readonly modes?: Readonly<Record<string, ProcessingMode>>
}

/** The demo's partner: registered with the gateway, its folder ready to send from. */
export interface DemoPartner<Address extends PartnerAddress = PartnerAddress> {
  readonly folder: PartnerFolder<Address>
  readonly connectionId: string
}

/**
 * Makes the demo's partner, or finds the one an earlier demo made in this data folder. On a journal
 * that another data folder's demo has used, it is the next one: keys stay where they were made.
 */
export async function openDemoPartner(
  gateway: Gateway,
  config: Config,
  context: CommandContext,
  wish: PartnerWish = {},
): Promise<DemoPartner<SftpAddress>> {
  const applicationCode = wish.applicationCode ?? demoCode(gateway, config, APPLICATION_LETTERS)
  const folder = await makePartnerFolder({
    folder: join(config.data, 'partners', applicationCode),
    commonName: `${applicationCode} (demo partner)`,
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'client', days: CERTIFICATE_DAYS } as const
      const issued = await gateway.identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our own request')
      return issued
    },
    ...sftpAddress(gateway, config, applicationCode),
  })
  const { connectionId } = await registerPartner(
    gateway,
    {
      applicationCode,
      name: 'ACME (demo partner)',
      ...(wish.modes === undefined ? {} : { modes: wish.modes }),
      certificatePem: (await folder.credentials('client')).certificatePem,
    },
    context.language,
  )
  return { folder, connectionId }
}

/** That of the partner whose key is here, else the first that nobody has. */
export function demoCode(
  { connections }: Gateway,
  { data }: Config,
  letters: string,
  firstNumber = 1,
): string {
  for (let number = firstNumber; number <= MAX_NUMBER; number += 1) {
    const code = `${letters}${String(number).padStart(3, '0')}`
    const isHere = existsSync(join(data, 'partners', code))
    if (isHere || connections.findByApplicationCode(code) === undefined) return code
  }
  throw new CommandFailure(
    EXIT.expectedFailure,
    'Every number of a demo partner is taken in this journal.',
    'Name another database with --journal.',
  )
}
