import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSchema } from '../../config/schema.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { openDemoAs2Partner } from '../../gateway/cli/demo-as2-partner.ts'
import { openDemoPartner, type DemoPartner } from '../../gateway/cli/demo-partners.ts'
import { openDemoPesitPartner } from '../../gateway/cli/demo-pesit-partner.ts'
import { SelfPartner } from '../../gateway/cli/self-partner/self-partner.ts'
import type { Misbehaviour } from '../../gateway/cli/self-partner/misbehaviours.ts'
import type { ProtocolName } from '../../gateway/flow.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import type { RunDocument } from '../../gateway/qualification/qualification.ts'

const OPENERS = { sftp: openDemoPartner, as2: openDemoAs2Partner, pesit: openDemoPesitPartner }
const CONTEXT = { environment: {}, language: 'en' } as const
const MODES = {
  FSO1110A: 'PARTIAL',
  FSO1100A: 'COMPLETE',
  FEN1200A: 'PARTIAL',
} as const

/** A gateway whose partners are played by our own side, for tests of scenarios. */
export interface QualifiedGateway {
  readonly gateway: Gateway
  readonly client: ApiClient
  /** A partner that no other run has. */
  partner(protocol: ProtocolName): Promise<DemoPartner>
  run(order: {
    readonly partner: DemoPartner
    readonly scenario: string
    readonly misbehaviour?: Misbehaviour
    readonly patienceSeconds?: number
  }): Promise<RunDocument>
  stop(): Promise<void>
}

export async function startQualifiedGateway(data?: string): Promise<QualifiedGateway> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'raccord-qualify-')))
  const config = configSchema.parse({
    data: folder,
    log: { level: 'silent' },
    sftp: { port: 0 },
    as2: { enabled: true, port: 0, httpsPort: 0 },
    pesit: { enabled: true, port: 0 },
    api: { port: 0 },
    lifeCycle: { batchSeconds: 0 },
    // What comes between two runs, while nobody plays the partner, is brought in the next.
    delivery: { retrySeconds: [1], attempts: 100 },
    directory: { unknown: 'refuse' },
  })
  const gateway = await startGateway(config, 'demo')
  const client = ApiClient.ofRun(gateway.run)
  const players = new Map<string, SelfPartner>()
  const counts = { sftp: 0, as2: 0, pesit: 0 }
  return {
    gateway,
    client,
    async partner(protocol) {
      counts[protocol] += 1
      const letters = { sftp: 'QSF', as2: 'QAS', pesit: 'QPE' }[protocol]
      const applicationCode = `${letters}${String(counts[protocol]).padStart(3, '0')}`
      const opened = await OPENERS[protocol](gateway, config, CONTEXT, {
        applicationCode,
        modes: MODES,
      })
      if (opened === undefined) throw new Error(`the gateway does not listen for ${protocol}`)
      return opened
    },
    async run({ partner, scenario, misbehaviour, patienceSeconds }) {
      const { connectionId } = partner
      let player = players.get(connectionId)
      player ??= await SelfPartner.open({ folder: partner.folder, client, tell: () => {} })
      players.set(connectionId, player)
      await player.prepare(misbehaviour)
      const started = await client.json<RunDocument>({
        path: `/connections/${connectionId}/runs`,
        body: {
          scenario,
          isSelf: true,
          ...(patienceSeconds === undefined ? {} : { patienceSeconds }),
        },
      })
      return await player.play(started, misbehaviour)
    },
    async stop() {
      await Promise.all([...players.values()].map((player) => player.close()))
      await gateway.stop()
      if (data === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
