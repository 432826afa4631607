import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recommendedName } from '../../config/flow-name.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import {
  makeMessage,
  postMessage,
  registerAs2Partner,
  type As2TestPartner,
  type MadeMessage,
} from '../support/as2-partner.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { seededRandom } from '../support/seeded-random.ts'

const KILLS = 20
const MESSAGES_PER_ROUND = 12
/** Of some messages: over what is kept in memory while it is received. */
const LARGE_BYTES = 1_500_000

let folder: string
let partner: As2TestPartner
let gateway: GatewayProcess
let port: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-as2-kills-'))
  partner = await registerAs2Partner(join(folder, 'data'))
  port = await freePort()
  gateway = new GatewayProcess({
    name: 'gateway',
    environment: {
      RACCORD_DATA: join(folder, 'data'),
      RACCORD_ROLES: 'listeners',
      RACCORD_SFTP__ENABLED: 'false',
      RACCORD_METRICS__PORT: '0',
      RACCORD_AS2__PORT: String(port),
      RACCORD_AS2__MAX_PER_CONNECTION: '1000',
      RACCORD_AS2__MAX_PER_ADDRESS: '1000',
      RACCORD_AS2__MAX_UNAUTHENTICATED: '1000',
      RACCORD_AS2__MAX_NEW_PER_ADDRESS_PER_SECOND: '1000',
    },
  })
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

test(`after ${KILLS} kills each message is one flow, and its receipt is the same whenever it is posted`, async () => {
  const random = seededRandom(20261122)
  const receipts = new Map<MadeMessage, Buffer>()
  const all: MadeMessage[] = []
  let repeated = 0
  const post = async (message: MadeMessage): Promise<void> => {
    const reply = await postMessage(message, port)
    if (reply === undefined) return
    expect(reply.status, message.name).toBe(200)
    expect(reply.body.toString('latin1')).toContain('; processed\r\n')
    expect(reply.body).toEqual(receipts.get(message) ?? reply.body)
    receipts.set(message, reply.body)
  }

  for (let kill = 0; kill < KILLS; kill += 1) {
    await gateway.start()
    const unanswered = all.filter((message) => !receipts.has(message))
    const answered = all.filter((message) => receipts.has(message)).slice(-3)
    repeated += unanswered.length + answered.length
    const fresh = await Promise.all(
      Array.from({ length: MESSAGES_PER_ROUND }, (_, index) => {
        const number = kill * MESSAGES_PER_ROUND + index + 1
        const name = recommendedName('FSO1110A', partner.applicationCode, number, 'tar.gz')
        const content = randomBytes(index % 4 === 0 ? LARGE_BYTES : 20_000)
        return makeMessage(partner, name, content, `<${number}@partner>`)
      }),
    )
    all.push(...fresh)
    const posts = [...unanswered, ...answered, ...fresh].map(post)
    await sleep(100 + random() * 1_200)
    await gateway.kill()
    await Promise.all(posts)
  }
  const early = receipts.size
  await gateway.start()
  for (const message of all) {
    // Some twice: the second time it is surely a repetition.
    await post(message)
    if (random() < 0.2) await post(message)
  }
  expect(receipts.size).toBe(all.length)
  await gateway.stop()

  const journal = await openJournal({
    url: 'sqlite:',
    dataFolder: join(folder, 'data'),
    log: createLogger('silent'),
  })
  const flows = await journal.read(journal.db.selectFrom('flows').select('file_name'))
  await journal.close()
  expect(flows.map((flow) => flow.file_name).toSorted()).toEqual(
    all.map((message) => message.name).toSorted(),
  )
  process.stdout.write(
    `${KILLS} kills, ${all.length} messages, ${early} answered between them, ${repeated} posted again, ${flows.length} flows\n`,
  )
}, 600_000)
