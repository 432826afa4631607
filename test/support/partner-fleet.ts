import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSchema } from '../../config/schema.ts'
import { registerPartner } from '../../gateway/cli/partner-registration.ts'
import { startGateway } from '../../gateway/main.ts'
import { makePartnerCredentials, readPartnerText } from '../../gateway/partner-credentials.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { ExpectedFlow } from './flow-judge.ts'
import { seededRandom } from './seeded-random.ts'
import { SendingPartner, type PartnerLine } from './sending-partner.ts'

const NO_ROOM = REFUSALS.DISK_FULL.message.en

/** Sections of the configuration, as the settings file has them. */
export type Settings = Readonly<Record<string, unknown>>

/**
 * Registers partners with the gateway of these settings, which runs for as long as that takes.
 * @param folder for their keys
 */
export async function registerPartners(
  settings: Settings,
  folder: string,
  ports: readonly number[],
  count: number,
): Promise<readonly PartnerLine[]> {
  const config = configSchema.parse({
    ...settings,
    sftp: { port: 0 },
    as2: { port: 0, httpsPort: 0 },
    pesit: { port: 0 },
    api: { port: 0 },
    log: { level: 'silent' },
  })
  const gateway = await startGateway(config)
  try {
    const hostKeys = gateway.identity.publishedHostKeys().map(({ publicLine }) => publicLine)
    const partners: PartnerLine[] = []
    for (let index = 1; index <= count; index += 1) {
      const applicationCode = `TST${String(index).padStart(3, '0')}`
      const credentials = await makePartnerCredentials({
        folder: join(folder, applicationCode),
        commonName: applicationCode,
        now: Date.now(),
        sign: async (requestPem) => {
          const order = { requestPem, purpose: 'client', days: 30 } as const
          const issued = await gateway.identity.signRequest(order)
          if (issued === undefined) throw new Error('the test authority refused our request')
          return issued
        },
      })
      const { certificatePem, files } = credentials
      await registerPartner(
        gateway,
        { applicationCode, name: applicationCode, certificatePem },
        'en',
      )
      const privateKey = await readPartnerText(credentials.folder, files.key)
      if (privateKey === undefined) throw new Error(`${applicationCode} has no key`)
      partners.push({ applicationCode, privateKey, hostKeys, ports })
    }
    return partners
  } finally {
    await gateway.stop()
  }
}

/** Many partners that send at the same time. */
export class PartnerFleet {
  readonly partners: readonly SendingPartner[]
  readonly #folder: string

  private constructor(partners: readonly SendingPartner[], folder: string) {
    this.partners = partners
    this.#folder = folder
  }

  static async create(
    lines: readonly PartnerLine[],
    options: { readonly seed: number; readonly pauseMilliseconds: number },
  ): Promise<PartnerFleet> {
    const folder = await mkdtemp(join(tmpdir(), 'raccord-test-partners-'))
    const partners = lines.map((line, index) => {
      const random = seededRandom(options.seed + index)
      const { pauseMilliseconds } = options
      return new SendingPartner({ ...line, folder, random, pauseMilliseconds })
    })
    await mkdir(folder, { recursive: true })
    return new PartnerFleet(partners, folder)
  }

  /** @param count of those that send on their own; the others send what they are told */
  start(count = this.partners.length): void {
    for (const partner of this.partners.slice(0, count)) partner.start()
  }

  /** Resolves once every flow in hand is acknowledged. */
  async stop(): Promise<void> {
    await Promise.all(this.partners.map((partner) => partner.stop()))
  }

  /** Whatever they are doing. */
  async remove(): Promise<void> {
    await Promise.all(this.partners.map((partner) => partner.giveUp()))
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 })
  }

  get sent(): ReadonlyMap<string, ExpectedFlow> {
    return new Map(this.partners.flatMap((partner) => [...partner.sent]))
  }

  get acknowledged(): ReadonlySet<string> {
    return new Set(this.partners.flatMap((partner) => [...partner.acknowledged]))
  }

  /** How often a partner was told, in the protocol's own words, that there is no room. */
  get refusedForRoom(): number {
    const told = Object.entries(this.failures).filter(([what]) => what.includes(NO_ROOM))
    return told.reduce((sum, [, count]) => sum + count, 0)
  }

  /** What went wrong on the way to an acknowledgement: how often, by its kind. */
  get failures(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {}
    for (const [what, count] of this.partners.flatMap((partner) => [...partner.failures])) {
      const kind = what.replaceAll(/\S*(?:FSO|_TST)\S*/g, 'NAME').replaceAll(/\d{4,}/g, 'N')
      sums[kind] = (sums[kind] ?? 0) + count
    }
    return sums
  }
}
