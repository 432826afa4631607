import { createPrivateKey, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import {
  GATEWAY_ID,
  GATEWAY_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  startAs2Reception,
  type As2Reception,
} from '../support/as2-reception.ts'
import {
  DAMAGE_NAMES,
  damagedEnvelopes,
  type DamagedEnvelope,
  type DamageName,
} from '../support/damaged-envelopes.ts'
import { widestDistance } from '../support/distribution-distance.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** What is wrong with an encrypted message is nobody's to learn (RFC 3218, Bleichenbacher, EFAIL). */

const TRIES = 200
const WARM_UP = 5
/** As the settings have it. */
const FLOOR_MILLISECONDS = 50
const peer = new OpenSslCertificates()
const agent = new Agent({ keepAlive: true })
let bare: As2Reception
let floored: As2Reception
let damaged: (name: DamageName) => DamagedEnvelope

beforeAll(async () => {
  bare = await startAs2Reception({ peer })
  const settings = { authenticationFloorMilliseconds: FLOOR_MILLISECONDS }
  floored = await startAs2Reception({ peer, settings })
  const signer = {
    certificate: readCertificate(peer.der(PARTNER_KEY)),
    privateKey: createPrivateKey(peer.read(peer.key(PARTNER_KEY.key))),
    hash: 'sha256' as const,
    signingTime: Date.now(),
  }
  const payload = { content: randomBytes(20_000), fileName: flowName(1) }
  damaged = await damagedEnvelopes(signer, readCertificate(peer.der(GATEWAY_KEY)), payload)
})
afterAll(async () => {
  agent.destroy()
  await bare.stop()
  await floored.stop()
  peer.remove()
})

/** Everything of an answer but ids, dates and boundaries; and how long it took. */
function posted(
  url: string,
  { headers, body }: DamagedEnvelope,
): Promise<readonly [string, number]> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: {
        ...Object.fromEntries(headers),
        'AS2-From': PARTNER_ID,
        'AS2-To': GATEWAY_ID,
        'Message-ID': `<${randomBytes(16).toString('hex')}@partner>`,
        'Disposition-Notification-To': 'edi@partner.example',
        'Content-Length': body.length,
      },
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.once('end', () => {
        const took = performance.now() - startedAt
        const lines = response.rawHeaders.filter(
          (_, index, all) => !/^(?:date|message-id)$/i.test(all[index - (index % 2)]!),
        )
        const text = `${response.statusCode} ${lines.join('|')} ${Buffer.concat(pieces).toString('latin1')}`
        const same = text
          .replaceAll(/raccord-[0-9a-f]+/g, 'boundary')
          .replaceAll(/<[0-9a-f]{32}@partner>/g, 'id')
        resolve([same, took])
      })
    })
    sent.end(body)
  })
}

/** Interleaved: what else the machine does meets all of them. */
async function tried(reception: As2Reception, isAtOnce: boolean) {
  const answers = new Set<string>()
  const times = new Map(DAMAGE_NAMES.map((name) => [name, [] as number[]]))
  const one = async (name: DamageName): Promise<void> => {
    const [answer, took] = await posted(reception.url, damaged(name))
    answers.add(answer)
    times.get(name)!.push(took)
  }
  for (let round = 0; round < TRIES + WARM_UP; round += 1) {
    // Each is the first as often as the others.
    const turn = round % DAMAGE_NAMES.length
    const names = [...DAMAGE_NAMES.slice(turn), ...DAMAGE_NAMES.slice(0, turn)]
    if (isAtOnce) await Promise.all(names.map(one))
    else for (const name of names) await one(name)
  }
  return { answers: [...answers], times }
}

function tell(how: string, times: ReadonlyMap<DamageName, readonly number[]>): void {
  const warm = [...times].map(([name, values]) => [name, values.slice(WARM_UP)] as const)
  const { distance, critical } = widestDistance(warm.map(([, values]) => values))
  const medians = warm.map(([name, values]) => {
    const median = values.toSorted((a, b) => a - b)[TRIES >> 1]!
    return `  ${median.toFixed(2)} ms  ${name}`
  })
  process.stdout.write(
    `AS2, what is wrong with an envelope, ${how}: widest distance of two distributions ${distance.toFixed(3)} (of equal ones 1 % are above ${critical.toFixed(3)})\n${medians.join('\n')}\n`,
  )
}

test(`${TRIES} tries of each damage are answered with the same bytes, and no flow comes of it`, async () => {
  for (const [how, reception, isAtOnce] of [
    ['without the floor', bare, false],
    [`with the floor of ${FLOOR_MILLISECONDS} ms`, floored, true],
  ] as const) {
    const { answers, times } = await tried(reception, isAtOnce)
    tell(how, times)
    expect(answers).toHaveLength(1)
    expect(answers[0]).toContain('processed/error: decryption-failed')
    expect(await reception.flows()).toEqual([])
  }
})
