import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { partnerPlace } from '../../gateway/cli/partner-kit.ts'
import { openTransport } from '../../gateway/cli/partner-transports.ts'
import { openPartnerFolder } from '../../gateway/partner-folder.ts'
import type { CampaignResult } from '../../gateway/qualification/campaign.ts'
import type { RunDocument } from '../../gateway/qualification/qualification.ts'
import { readRunFile } from '../../gateway/run-file.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { runRaccord } from '../support/raccord-command.ts'

/** How often is looked whether something has come about; how long it may take is the test's. */
const LOOK_MILLISECONDS = 100

describe('a gateway that is killed in the middle of a qualification', () => {
  let folder: string
  let data: string
  let code: string
  let gateway: GatewayProcess
  let client: ApiClient

  /** kill -9, and another process on the same data. */
  async function killed(): Promise<void> {
    await gateway.kill()
    await started()
  }

  async function started(): Promise<void> {
    await gateway.start()
    const run = await readRunFile(data)
    if (run === undefined) throw new Error(gateway.said)
    client = ApiClient.ofRun(run)
  }

  async function raccord(line: string): Promise<string> {
    const { exitCode, stdout, stderr } = await runRaccord(line.split(' '), {
      cwd: folder,
      environment: { RACCORD_DATA: data },
    })
    if (exitCode !== 0) throw new Error(`${line}\n${stdout}${stderr}`)
    return stdout
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'raccord-test-qualify-kills-'))
    data = join(folder, '.raccord')
    gateway = new GatewayProcess({
      name: 'gateway',
      environment: {
        RACCORD_DATA: data,
        RACCORD_SFTP__PORT: '0',
        RACCORD_API__PORT: '0',
        RACCORD_CONNECTIONS__ACTIVATION: 'at-once',
      },
    })
    await started()
    const { structures } = await client.json<{ structures: readonly { siret: string }[] }>({
      path: '/data-set',
      body: { seed: 'kills', count: 3 },
    })
    await raccord('certs make --for sftp --cn my-software --out my')
    const made = await raccord(
      `connection create --cert my/client.p7b --structure ${structures[0]?.siret} --submit --json`,
    )
    const { connection } = JSON.parse(made) as { connection: { applicationCode: string } }
    code = connection.applicationCode
  })

  afterAll(async () => {
    await gateway.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  const sendFlow = () => raccord(`send --sample --connection ${code}`)

  /** The partner takes the next report that waits for it. */
  async function takeReport(): Promise<void> {
    const partner = await openPartnerFolder(partnerPlace(data, code))
    const transport = await openTransport(partner, { receives: true })
    try {
      await transport.receive('CSO', new AbortController().signal)
    } finally {
      await transport.close()
    }
  }

  async function until<Document>(
    path: string,
    is: (document: Document) => boolean,
  ): Promise<Document> {
    for (;;) {
      const document = await client.json<Document>({ path })
      if (is(document)) return document
      await sleep(LOOK_MILLISECONDS)
    }
  }

  const isAt =
    (kind: string) =>
    ({ steps }: RunDocument): boolean =>
      steps.some((step) => step.kind === kind && step.state === 'RUNNING')

  test('a run goes on where it stood, and passes', async () => {
    const { id } = await client.json<RunDocument>({
      path: `/connections/${code}/runs`,
      body: { scenario: 'nominal', isSelf: false },
    })
    const path = `/runs/${id}`
    await until(path, isAt('flow'))
    await killed()
    await until(path, isAt('flow'))
    await sendFlow()
    // The flow is taken in charge; what becomes of it is left to the next process.
    await killed()
    await until(path, isAt('report'))
    await takeReport()
    const { state, steps } = await until<RunDocument>(path, (run) => run.state !== 'RUNNING')
    expect(steps.map((step) => ({ kind: step.kind, state: step.state }))).toEqual(
      ['flow', 'state', 'report', 'report-says'].map((kind) => ({ kind, state: 'PASSED' })),
    )
    expect(state).toBe('PASSED')
  })

  test('a campaign goes on with the scenario it was at, and runs what is left', async () => {
    const campaign = {
      id: 'killed',
      version: '1',
      title: { en: 'Killed', fr: 'Tuée' },
      purpose: { en: 'It goes on.', fr: 'Elle continue.' },
      protocols: ['sftp'],
      scenarios: ['nominal', 'mdn-lost', 'report-held'],
    }
    const { id } = await client.json<CampaignResult>({
      path: `/connections/${code}/campaigns`,
      body: { document: campaign, isSelf: false },
    })
    const path = `/campaign-results/${id}`
    const runOf = async (position: number): Promise<string> => {
      const { items } = await until<CampaignResult>(
        path,
        (one) => one.items[position - 1]?.run !== null,
      )
      return `/runs/${items[position - 1]!.run}`
    }
    await until(await runOf(1), isAt('flow'))
    await killed()
    await sendFlow()
    await until(await runOf(1), isAt('report'))
    await takeReport()
    await until(await runOf(3), isAt('flow'))
    await killed()
    await sendFlow()
    await until(await runOf(3), isAt('report'))
    await takeReport()
    const { state, items } = await until<CampaignResult>(path, (one) => one.state !== 'RUNNING')
    expect(items.map(({ scenario, result }) => [scenario, result])).toEqual([
      ['nominal', 'PASSED'],
      ['mdn-lost', 'NOT_RUN'],
      ['report-held', 'PASSED'],
    ])
    expect(items[1]?.note).toEqual({
      en: `mdn-lost is of as2; ${code} is on sftp.`,
      fr: `mdn-lost est de as2 ; ${code} est en sftp.`,
    })
    expect(state).toBe('PASSED')
  })
})
