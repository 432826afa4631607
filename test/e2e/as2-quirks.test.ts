import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesOf, micOver, OpenSslClient, type Entity } from '../support/as2-openssl-client.ts'
import { startAs2Reception, type As2Reception } from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** Differences of products that a connection allows for: taken with the switch, refused without. */

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(3_000)
let number = 8_000
const nextName = (): string => flowName((number += 1))

let strict: As2Reception
let lf: As2Reception
let bare: As2Reception

beforeAll(async () => {
  strict = await startAs2Reception({ peer, policy: { signature: 'optional' } })
  lf = await startAs2Reception({ peer, policy: { lfLineEnds: true } })
  bare = await startAs2Reception({
    peer,
    policy: { barePayload: true, signature: 'optional' },
  })
})
afterAll(async () => {
  for (const reception of [strict, lf, bare]) await reception.stop()
  peer.remove()
})

const withLf = (text: Buffer): Buffer =>
  Buffer.from(text.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')

/** As `client.payload`, of text. */
function text(type: string, content: string): Entity {
  const name = nextName()
  return {
    headers: [`Content-Type: ${type}`, `Content-Disposition: attachment; filename="${name}"`],
    body: Buffer.from(content),
  }
}

async function told(reception: As2Reception, entity: Entity, headers: readonly string[] = []) {
  const before = (await reception.flows()).length
  const mdn = client.readMdn(await client.post(reception, entity, { headers }))
  const flows = (await reception.flows()).slice(before)
  return { disposition: mdn.disposition, mic: mdn.mic, flows }
}

describe('lfLineEnds', () => {
  test('MIME whose lines end in LF alone is read', async () => {
    const inner = text('application/gzip', CONTENT.toString('hex'))
    const signed = client.sign(inner)
    const boundary = /boundary="([^"]+)"/.exec(signed.headers[0]!)![1]!
    // The part stands as it was signed; what is around it has LF alone.
    const [, part = '', signature = ''] = signed.body.toString('latin1').split(`--${boundary}\r\n`)
    const body = Buffer.from(
      `--${boundary}\n${part.slice(0, -2)}\n--${boundary}\n${signature.replaceAll('\r\n', '\n')}`,
      'latin1',
    )
    const entity = client.encrypt({ ...signed, body })
    expect(await told(lf, entity)).toMatchObject({
      disposition: 'processed',
      mic: micOver(bytesOf(inner)),
      flows: [{ bytes: inner.body.length }],
    })
    expect(await told(strict, entity)).toMatchObject({ flows: [] })
  })

  test('text that was signed with CR LF and came with LF is verified as signed', async () => {
    const inner = text('application/EDIFACT', "UNA:+.? '\r\nUNB+UNOC:3\r\n")
    const entity = client.encrypt(client.sign(inner, { change: withLf }))
    expect(await told(lf, entity)).toMatchObject({
      disposition: 'processed',
      mic: micOver(bytesOf(inner)),
      flows: [{ bytes: withLf(inner.body).length }],
    })
    expect(await told(strict, entity)).toMatchObject({
      disposition: 'processed/error: integrity-check-failed',
      flows: [],
    })
  })

  test('never what is no text, or says that it is binary, and never changed text', async () => {
    const archive = text('application/gzip', 'a\r\nb\r\n')
    const binary = text('text/plain', 'a\r\nb\r\n')
    const marked = { ...binary, headers: [...binary.headers, 'Content-Transfer-Encoding: binary'] }
    const changed = (part: Buffer): Buffer =>
      Buffer.from(withLf(part).toString('latin1').replace('a\n', 'c\n'), 'latin1')
    for (const entity of [
      client.sign(archive, { change: withLf }),
      client.sign(marked, { change: withLf }),
      client.sign(binary, { change: changed }),
    ]) {
      expect(await told(lf, client.encrypt(entity))).toMatchObject({
        disposition: 'processed/error: integrity-check-failed',
        flows: [],
      })
    }
  })
})

describe('barePayload', () => {
  test('a payload without MIME headers is taken under the name of the request', async () => {
    const name = nextName()
    const headers = [`Content-Disposition: attachment; filename="${name}"`]
    const entity = client.encryptBytes(CONTENT)
    expect(await told(bare, entity, headers)).toMatchObject({
      disposition: 'processed',
      flows: [{ name, bytes: CONTENT.length }],
    })
    expect(await told(strict, entity, headers)).toMatchObject({
      disposition: 'processed/error: decryption-failed',
      flows: [],
    })
  })
})
