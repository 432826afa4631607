import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newId } from '../../gateway/ids.ts'
import { purgeRecords } from '../../gateway/sessions/record-purge.ts'
import { type DoorGround, openDoorGround, PARTNER } from '../support/door-ground.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ENTRY = { direction: 'in', layer: 'sftp', name: 'OPEN', summary: 'a file' } as const

describe('the record of a session', () => {
  test('tells who, when, what was learnt and how it ended', async () => {
    const ground = await opened()
    const session = ground.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    await ground.sessions.flush()
    expect(await sessions(ground)).toMatchObject([{ id: session.id, ended_at: null }])
    session.note({ fields: { client: 'OpenSSH' } })
    session.note({ connectionId: PARTNER, fields: { cipher: 'aes128-gcm' } })
    await session.close('ended by the partner')
    await ground.sessions.flush()
    expect(await sessions(ground)).toMatchObject([
      {
        id: session.id,
        protocol: 'sftp',
        peer: '192.0.2.7',
        connection_id: PARTNER,
        ended_at: expect.any(Number),
        outcome: 'ended by the partner',
        fields_json: '{"client":"OpenSSH","cipher":"aes128-gcm"}',
        transcript_sha256: null,
      },
    ])
  })

  test('has a transcript that starts with the session itself', async () => {
    const ground = await opened()
    const session = ground.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    session.transcript.record(ENTRY)
    session.note({ fields: { client: 'OpenSSH' } })
    session.transcript.record({ ...ENTRY, direction: 'out', name: 'HANDLE', fields: { id: 7 } })
    await session.close('ended')
    session.transcript.record({ ...ENTRY, name: 'TOO LATE' })
    await ground.sessions.flush()
    const lines = await transcript(ground)
    expect(lines).toMatchObject([
      { sessionId: session.id, peer: '192.0.2.7', fields: { client: 'OpenSSH' }, outcome: 'ended' },
      { dir: 'in', layer: 'sftp', name: 'OPEN', summary: 'a file', t: expect.any(Number) },
      { dir: 'out', name: 'HANDLE', fields: { id: 7 } },
    ])
    expect(await readdir(join(ground.folder, 'transcripts'))).toEqual([])
  })

  test('keeps beginning and end of a session that says too much, and says what it cut', async () => {
    const ground = await opened()
    const session = ground.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    const entries = 30_000
    for (let index = 0; index < entries; index += 1) {
      session.transcript.record({ ...ENTRY, name: `M${index}`, summary: 'x'.repeat(900) })
      if (index % 50 === 0) await new Promise(setImmediate) // the disk gets its turn
    }
    await session.close('ended')
    await ground.sessions.flush()
    const lines = await transcript(ground)
    const names = lines.map((line) => line['name'])
    expect(names.slice(1, 3)).toEqual(['M0', 'M1'])
    expect(names.at(-1)).toBe(`M${entries - 1}`)
    const cut = lines.filter((line) => line['name'] === 'cut')
    expect(cut).toHaveLength(1)
    const kept = names.length - 2 // the session itself, and the cut
    expect(cut[0]).toMatchObject({ fields: { entries: entries - kept } })
    expect(JSON.stringify(lines).length).toBeLessThan(10_500_000)
  })

  test('bounds every word of a peer', async () => {
    const ground = await opened()
    const session = ground.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    session.note({ fields: { client: 'x'.repeat(100_000) } })
    session.transcript.record({
      ...ENTRY,
      summary: 'y'.repeat(100_000),
      hex: '00'.repeat(100_000),
      fields: { path: 'z'.repeat(100_000) },
    })
    await session.close('ended')
    await ground.sessions.flush()
    expect((await sessions(ground))[0]?.fields_json.length).toBeLessThan(5_000)
    expect(JSON.stringify(await transcript(ground)).length).toBeLessThan(20_000)
  })

  test('that a dying gateway left open is closed, as lost, by the next one', async () => {
    const folder = await temporaryFolder()
    const dying = await openDoorGround(folder)
    const lost = dying.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    const ended = dying.sessions.open({ protocol: 'sftp', peer: '192.0.2.8' })
    await ended.close('ended')
    await dying.close()
    const next = await openDoorGround(folder)
    onTestFinished(() => next.close())
    const [first, second] = await sessions(next)
    expect(first).toMatchObject({ id: lost.id, ended_at: expect.any(Number) })
    expect(first?.outcome).toContain('lost')
    expect(second).toMatchObject({ id: ended.id, outcome: 'ended' })
  })

  test('many sessions at once are all there', async () => {
    const ground = await opened()
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const session = ground.sessions.open({ protocol: 'sftp', peer: `192.0.2.${index % 256}` })
        session.transcript.record(ENTRY)
        await session.close('ended')
      }),
    )
    await ground.sessions.flush()
    const rows = await sessions(ground)
    expect(rows).toHaveLength(300)
    expect(rows.filter((row) => row.transcript_sha256 === null)).toEqual([])
  })

  test('only the newest are kept, and no transcript outlives its session', async () => {
    const ground = await opened()
    for (let index = 0; index < 5; index += 1) {
      const session = ground.sessions.open({ protocol: 'sftp', peer: `192.0.2.${index}` })
      session.transcript.record(ENTRY)
      await session.close('ended')
      ground.sessions.refused({ protocol: 'sftp', code: 'NAME_MALFORMED', reason: 'a name' })
    }
    await ground.sessions.flush()
    expect(await ground.sessions.purge()).toBe(0)
    expect(await purgeRecords({ ...ground, keptSessions: 2, keptRefusals: 3 })).toBe(5)
    expect((await sessions(ground)).map((row) => row.peer)).toEqual(['192.0.2.3', '192.0.2.4'])
    let payloads = 0
    for await (const content of ground.payloads.list()) payloads += content.bytes > 0 ? 1 : 0
    expect(payloads).toBe(2)
  })
})

describe('a refusal at the door', () => {
  test('is recorded with what came and what would have been right', async () => {
    const ground = await opened()
    const id = ground.sessions.refused({
      protocol: 'sftp',
      peer: '192.0.2.9',
      code: 'CREDENTIAL_REFUSED',
      reason: 'The key is not that of the certificate.',
      offered: 'SHA256:abc',
      wanted: 'SHA256:def',
      nearest: { connectionId: PARTNER, differs: 'the key' },
    })
    ground.sessions.refused({
      protocol: 'sftp',
      sessionId: newId('ses'),
      code: 'LIMIT_REACHED',
      reason: 'Of a session nobody knows.',
    })
    await ground.sessions.flush()
    const rows = await ground.journal.read(
      ground.journal.db.selectFrom('refusals').selectAll().orderBy('id'),
    )
    expect(rows).toMatchObject([
      {
        id,
        peer: '192.0.2.9',
        code: 'CREDENTIAL_REFUSED',
        offered: 'SHA256:abc',
        wanted: 'SHA256:def',
        nearest_json: `{"connectionId":"${PARTNER}","differs":"the key"}`,
      },
      { peer: 'unknown', code: 'LIMIT_REACHED' },
    ])
  })

  test('in a flood is bounded, and the newest of the flood give way', async () => {
    const ground = await opened()
    for (let index = 0; index < 12_000; index += 1) {
      ground.sessions.refused({ protocol: 'sftp', code: 'LIMIT_REACHED', reason: `no ${index}` })
    }
    await ground.sessions.flush()
    const [row] = await ground.journal.read(
      ground.journal.db
        .selectFrom('refusals')
        .select((columns) => columns.fn.countAll<number>().as('count')),
    )
    expect(row?.count).toBe(10_000)
  })
})

async function opened(): Promise<DoorGround> {
  const ground = await openDoorGround(await temporaryFolder())
  onTestFinished(() => ground.close())
  return ground
}

function sessions(ground: DoorGround) {
  return ground.journal.read(ground.journal.db.selectFrom('sessions').selectAll().orderBy('id'))
}

async function transcript(ground: DoorGround): Promise<Record<string, unknown>[]> {
  const [row] = await sessions(ground)
  for await (const content of ground.payloads.list()) {
    if (content.sha256 !== row?.transcript_sha256) continue
    const text = gunzipSync(await buffer(ground.payloads.read(content))).toString()
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  throw new Error('no transcript')
}
