import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configSchema } from '../../config/schema.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { openDemoAs2Partner } from '../../gateway/cli/demo-as2-partner.ts'
import { openDemoPartner, type DemoPartner } from '../../gateway/cli/demo-partners.ts'
import { openDemoPesitPartner } from '../../gateway/cli/demo-pesit-partner.ts'
import { SelfPartner } from '../../gateway/cli/self-partner/self-partner.ts'
import type { Misbehaviour } from '../../gateway/cli/self-partner/misbehaviours.ts'
import { FLOW_STATES } from '../../gateway/flow-states.ts'
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
    readonly inputs?: Readonly<Record<string, string | number>>
  }): Promise<RunDocument>
  stop(): Promise<void>
}

const LOOK_MILLISECONDS = 50

/** What a run left in the pipeline would meet the faults of the next one. */
async function settled(client: ApiClient, connection: string): Promise<void> {
  for (;;) {
    const { flows } = await client.flows({ connection, limit: '50' })
    if (flows.every(({ state }) => FLOW_STATES[state].isFinal)) return
    await sleep(LOOK_MILLISECONDS)
  }
}

/** As a partner has it who asks for receipts at a URL. */
async function honourLaterReceipts(client: ApiClient, id: string): Promise<void> {
  const path = `/connections/${id}`
  const { revision } = await client.json<{ readonly revision: number }>({ path })
  const body = { as2: { asyncMdn: 'honour' } }
  await client.json({ method: 'PUT', path: `${path}/settings`, body, revision })
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
      if (protocol === 'as2') await honourLaterReceipts(client, opened.connectionId)
      return opened
    },
    async run({ partner, scenario, misbehaviour, patienceSeconds, inputs }) {
      const { connectionId } = partner
      let player = players.get(connectionId)
      player ??= await SelfPartner.open({
        folder: partner.folder,
        client,
        tell: () => {},
      })
      players.set(connectionId, player)
      await player.prepare(misbehaviour)
      const started = await client.json<RunDocument>({
        path: `/connections/${connectionId}/runs`,
        body: {
          scenario,
          isSelf: true,
          ...(inputs === undefined ? {} : { inputs }),
          ...(patienceSeconds === undefined ? {} : { patienceSeconds }),
        },
      })
      const ended = await player.play(started, misbehaviour)
      await settled(client, ended.applicationCode)
      return ended
    },
    async stop() {
      await Promise.all([...players.values()].map((player) => player.close()))
      await gateway.stop()
      if (data === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}
