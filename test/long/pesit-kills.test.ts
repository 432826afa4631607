// kill -9 in the middle of writes: the partner takes them up, and each is one flow.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { flowName } from '../support/door-ground.ts'
import { startProgram, type ChildProgram } from '../support/child-program.ts'
import { piNumber } from '../support/pesit-peer/fpdu.ts'
import { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'
import type { InitiatorOptions } from '../support/pesit-peer/initiator-orders.ts'
import { REQUESTER, SERVER, startPesitReception } from '../support/pesit-reception.ts'
import { sampleContent, sendOrder, sha256 } from '../support/pesit-samples.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KILLS = 8
const MIB = 1024 * 1024
const CONTENT = sampleContent(24 * MIB + 777)
const SYNC = { intervalKib: 64, window: 2 }
const CHILD = fileURLToPath(new URL('../support/pesit-reception-child.ts', import.meta.url))

async function startChild(folder: string): Promise<{ child: ChildProgram; port: number }> {
  const child = startProgram(process.execPath, [CHILD, folder])
  await expect.poll(() => child.stdout(), { timeout: 60_000 }).toContain('\n')
  return { child, port: Number(child.stdout()) }
}

const connect = (port: number, more: Partial<InitiatorOptions> = {}) =>
  PesitInitiator.connect({
    port,
    requester: REQUESTER,
    server: SERVER,
    sync: SYNC,
    tracesData: false,
    ...more,
  })

test(`a write goes on behind its last answered point after each of ${KILLS} kills`, async () => {
  const random = seededRandom(7)
  const folder = await temporaryFolder()
  let { child, port } = await startChild(folder)
  /** Highest point that was ever answered: nothing before it has to be sent again. */
  let answered = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    // The first part has a row from 1 MiB on (staging): a restart of less begins at 0.
    const killAt = 2 * MIB + random() * 2 * MIB
    let sent = 0
    const partner = await connect(port, {
      tamper: (fpdus, wire) => {
        for (const fpdu of fpdus) sent += fpdu.data.length
        if (sent > killAt) child.kill('SIGKILL')
        return wire
      },
    })
    const order = sendOrder({ content: CONTENT, articleBytes: 4_096, isRestart: kill > 0 })
    await expect(partner.sendFile(order)).rejects.toMatchObject({ kind: 'closed' })
    await child.ended
    const answers = partner.link.fpdus('received')
    const begun = answers.find(({ name }) => name === 'ACK(WRITE)')
    expect((begun && piNumber(begun, 18)) ?? 0).toBeGreaterThanOrEqual(answered)
    for (const fpdu of answers) {
      if (fpdu.name === 'ACK(SYN)') answered = Math.max(answered, piNumber(fpdu, 20) ?? 0)
    }
    expect(partner.link.violations).toEqual([])
    ;({ child, port } = await startChild(folder))
  }
  const last = await connect(port)
  const done = await last.sendFile(
    sendOrder({ content: CONTENT, articleBytes: 4_096, isRestart: true }),
  )
  expect(done.startPoint).toBeGreaterThanOrEqual(answered)
  expect(answered).toBeGreaterThan(100)
  expect(last.link.violations).toEqual([])
  await last.release()
  child.kill('SIGKILL')
  await child.ended
  const reception = await startPesitReception({ folder })
  const flows = await reception.flows()
  await reception.stop()
  expect(flows).toMatchObject([
    { name: flowName(1), sha256: sha256(CONTENT), bytes: CONTENT.length },
  ])
}, 300_000)

test('a write that was answered is a flow after a kill, and sent again is the same one', async () => {
  const folder = await temporaryFolder()
  let { child, port } = await startChild(folder)
  const partner = await connect(port)
  await partner.sendFile(sendOrder())
  child.kill('SIGKILL')
  await child.ended
  ;({ child, port } = await startChild(folder))
  const again = await connect(port)
  await again.sendFile(sendOrder())
  await again.release()
  child.kill('SIGKILL')
  await child.ended
  const reception = await startPesitReception({ folder })
  expect(await reception.flows()).toHaveLength(1)
  await reception.stop()
}, 240_000)
