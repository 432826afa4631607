import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { spkiSha256 } from '../../../certs/fingerprint.ts'
import { OffsetClock } from '../../clock.ts'
import { openConnections } from '../../connections/connections.ts'
import { openJournal } from '../open-journal.ts'

const SAMPLE = new URL('../../../test/samples/issue-2-data/', import.meta.url)
const log = pino({ level: 'silent' })

test('a data folder of the issue before opens, and its partner is still authenticated', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'raccord-migration-'))
  const bytes = gunzipSync(readFileSync(new URL('journal.sqlite.gz', SAMPLE)))
  writeFileSync(join(dataFolder, 'journal.sqlite'), bytes)
  const pem = readFileSync(new URL('client.pem', SAMPLE), 'utf8')
  const leaf = new X509Certificate(pem)
  const clock = new OffsetClock()
  clock.setOffset(leaf.validFromDate.getTime() + 86_400_000 - Date.now())

  const journal = await openJournal({ url: 'sqlite:', dataFolder, log })
  const connections = await openConnections({ journal, clock, log, environment: 'qualification' })
  try {
    const answer = connections.authenticate({
      protocol: 'sftp',
      user: 'ACM001',
      spkiSha256: spkiSha256(createPublicKey(pem)),
      peerAddress: '192.0.2.1',
    })
    expect(answer.outcome).toBe('accepted')
    const connection = connections.findByApplicationCode('ACM001')!
    expect(connection.state).toBe('ACTIVATED')
    expect(connection.modeOf('FSO1110A')).toBe('PARTIAL')
    expect(connection.certificates).toMatchObject([
      { part: 'client', notAfter: leaf.validToDate.getTime() },
    ])
    const flows = await journal.read(journal.db.selectFrom('flows').select('connection_id'))
    expect(flows.length).toBeGreaterThan(0)
    expect(new Set(flows.map((row) => row.connection_id))).toEqual(new Set([connection.id]))
  } finally {
    connections.close()
    await journal.close()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 })
  }
})
