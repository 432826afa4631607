// A partner on PeSIT end to end, over mutual TLS: it writes a flow, and the gateway calls it and
// brings the report; it fetches one by READ where it is so set.
import { join } from 'node:path'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { configSchema } from '../../config/schema.ts'
import { reportBaseName, recommendedName } from '../../config/flow-name.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { openDemoPesitPartner } from '../../gateway/cli/demo-pesit-partner.ts'
import { pesitManner } from '../../gateway/cli/pesit-options.ts'
import { startPesitPartner } from '../../gateway/cli/listen-via-pesit.ts'
import { sampleInvoice } from '../../gateway/cli/sample-invoice.ts'
import { sendCommand } from '../../gateway/cli/send.ts'
import { fetchByPesit, putByPesit } from '../../gateway/cli/send-via-pesit.ts'
import type { ReceivedReturn } from '../../gateway/cli/partner-transport.ts'
import { startGateway } from '../../gateway/main.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { readCsoReport } from '../../processing/returns/read-cso-report.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CONTEXT = { environment: {}, language: 'en' } as const

test('a partner writes a flow, and its report is brought to it', async () => {
  const data = await temporaryFolder()
  const config = configSchema.parse({
    data,
    sftp: { port: 0 },
    api: { port: 0 },
    as2: { enabled: false },
    pesit: { enabled: true, port: 0 },
    log: { level: 'silent' },
  })
  const gateway = await startGateway(config, 'serve')
  const brought: ReceivedReturn[] = []
  let stop = async (): Promise<void> => {}
  try {
    const partner = await openDemoPesitPartner(gateway, config, CONTEXT)
    if (partner === undefined) throw new Error('the gateway does not listen for PeSIT')
    const { folder } = partner
    const listener = await startPesitPartner(folder, {
      tell: () => {},
      received: async (file) => {
        brought.push(file)
      },
    })
    stop = () => listener.stop()
    const fileName = recommendedName('FSO1110A', 'GAM003', await folder.nextSequence(), 'tar.gz')
    const path = join(data, 'flow')
    await writeFile(path, await archiveBytes([sampleInvoice('FSO1110A', 'GAM003', Date.now())]))
    await putByPesit(folder, { fileName, path })
    const deadline = performance.now() + 100_000
    while (brought.length === 0 && performance.now() < deadline) await sleep(50)

    const [report] = brought
    expect(report?.fileName.startsWith(reportBaseName(fileName))).toBe(true)
    expect(report && readCsoReport(report.content)).toMatchObject({ status: '90' })
    const client = ApiClient.ofRun(gateway.run)
    const flow = `/flows/${fileName.slice(16, 41)}`
    await expect
      .poll(async () => JSON.stringify(await client.json<unknown>({ path: flow })), {
        timeout: 30_000,
      })
      .toContain('"DELIVERED"')
    // What crossed the wire meanwhile, once the session is over.
    const transcript = `${flow}/transcript`
    await expect
      .poll(async () =>
        client.json<{ entries: { name: string }[] }>({ path: transcript }).then(
          ({ entries }) => entries.map(({ name }) => name),
          () => [],
        ),
      )
      .toEqual(expect.arrayContaining(['CONNECT', 'CREATE', 'FLOW', 'ACK(TRANS.END)', 'RELCONF']))
    // Nothing waits to be fetched: it was brought.
    expect(await fetchByPesit(folder, `${reportBaseName(fileName)}*`)).toBeUndefined()

    // Again, as a tester of another product would.
    const second = recommendedName('FSO1110A', 'GAM003', await folder.nextSequence(), 'tar.gz')
    await writeFile(path, await archiveBytes([sampleInvoice('FSO1110A', 'GAM003', Date.now() + 1)]))
    const said = ['preset=cft', 'compression=both', 'crc', 'window=4', 'articleBytes=1000']
    await putByPesit(folder, { fileName: second, path }, pesitManner(said))
    await expect.poll(() => brought.length, { timeout: 60_000 }).toBe(2)
    expect(brought[1]?.fileName.startsWith(reportBaseName(second))).toBe(true)
  } finally {
    await stop()
    await gateway.stop()
  }
})

test('a partner that fetches gets its report by raccord send --fetch', async () => {
  const data = await temporaryFolder()
  const config = configSchema.parse({
    data,
    sftp: { port: 0 },
    api: { port: 0 },
    as2: { enabled: false },
    pesit: { enabled: true, port: 0 },
    log: { level: 'silent' },
  })
  const gateway = await startGateway(config, 'serve')
  const send = async (...args: readonly string[]): Promise<void> => {
    await sendCommand(CONTEXT).exitOverride().parseAsync(args, { from: 'user' })
  }
  try {
    const partner = await openDemoPesitPartner(gateway, config, CONTEXT)
    if (partner === undefined) throw new Error('the gateway does not listen for PeSIT')
    const { folder, connectionId } = partner
    const settings = { pesit: { returns: 'fetch' } }
    await gateway.forms.override(
      connectionId as ConnectionId,
      settings,
      undefined,
      machineActor(''),
    )
    const out = join(data, 'fetched')
    const fetch = ['--partner', folder.folder, '--via', 'pesit', '--out', out, '--fetch']
    await expect(send(...fetch)).rejects.toMatchObject({ exitCode: 1 })
    await send('--partner', folder.folder, '--sample')
    await expect(send(...fetch, 'CSO1111A')).rejects.toMatchObject({ exitCode: 1 })
    await send(...fetch, 'CSO1110A', '--wait', '--timeout', '120s')
    const [report] = await readdir(out)
    expect(readCsoReport(await readFile(join(out, report!)))).toMatchObject({ status: '90' })
    // Fetched once, it is delivered.
    await expect(send(...fetch)).rejects.toMatchObject({ exitCode: 1 })
    await expect(send(...fetch, '*', '--sample')).rejects.toMatchObject({ exitCode: 2 })
  } finally {
    await gateway.stop()
  }
})
