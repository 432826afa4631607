import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OpenSslClient } from '../support/as2-openssl-client.ts'
import { startAs2Reception, type As2Reception } from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** Two gateway processes behind a balancer, which know of each other by the journal alone. */

const ROUNDS = 12
const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
let reception: As2Reception

beforeAll(async () => {
  reception = await startAs2Reception({ peer, listeners: 2 })
})
afterAll(async () => {
  await reception.stop()
  peer.remove()
})

test('the same message at both at the same moment is one flow, with one receipt', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const messageId = `<race-${round}@partner>`
    const signed = client.sign(client.payload(flowName(round + 1), randomBytes(3_000)))
    const entities = [client.encrypt(signed), client.encrypt(signed)]
    const [one, other] = await Promise.all(
      reception.urls.map((url, index) => client.post({ url }, entities[index]!, { messageId })),
    )
    expect(client.readMdn(one!).disposition).toBe('processed')
    expect(other!.body).toEqual(one!.body)
    expect(other!.headers['message-id']).toBe(one!.headers['message-id'])
  }
  expect(await reception.flows()).toHaveLength(ROUNDS)
})

test('two messages of one Message-ID and other content at the same moment: one is taken, the other is told', async () => {
  const before = (await reception.flows()).length
  for (let round = 0; round < ROUNDS; round += 1) {
    const messageId = `<reused-${round}@partner>`
    const entities = [1, 2].map((which) => {
      const name = flowName(1_000 + 10 * round + which)
      return client.encrypt(client.sign(client.payload(name, randomBytes(3_000))))
    })
    const answers = await Promise.all(
      reception.urls.map((url, index) => client.post({ url }, entities[index]!, { messageId })),
    )
    const dispositions = answers.map((answer) => client.readMdn(answer).disposition)
    expect(dispositions.map(String).toSorted()).toEqual([
      'processed',
      expect.stringMatching(/^processed\/error/),
    ])
    expect(await reception.flows()).toHaveLength(before + round + 1)
    // The one that was taken is answered the same again, the other is refused again.
    const again = await client.post(
      { url: reception.urls[0]! },
      entities[dispositions.indexOf('processed')]!,
      { messageId },
    )
    expect(again.body).toEqual(answers[dispositions.indexOf('processed')]!.body)
  }
  const codes = async () => (await reception.refusals()).map(({ code }) => code)
  await expect
    .poll(codes, { timeout: 60_000 })
    .toEqual(Array.from({ length: ROUNDS }, () => 'MESSAGE_ID_REUSED'))
})
