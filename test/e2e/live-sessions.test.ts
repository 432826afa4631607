import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { createAuthenticate } from '../../gateway/connections/authentication.ts'
import { ConnectionDirectory } from '../../gateway/connections/directory.ts'
import { followJournal } from '../../gateway/connections/following.ts'
import { cutStatement, readSessions } from '../../gateway/sessions/session-documents.ts'
import { runProgram, until } from '../support/child-program.ts'
import {
  changeConnection,
  insertCertificate,
  insertConnection,
} from '../support/connection-rows.ts'
import { flowName, PARTNER } from '../support/door-ground.ts'
import { listDeposits, sftpBatch } from '../support/openssh-sftp.ts'
import { describeWith } from '../support/programs.ts'
import { startReception } from '../support/start-reception.ts'

const CERTIFICATE = '1'.repeat(64)
/** So slow that it would take minutes. */
const KILOBITS_PER_SECOND = '256'

describeWith('sftp')('a session of OpenSSH', () => {
  test('is shown with its file, cut in the middle of it, and refused once it is blocked', async () => {
    let directory: ConnectionDirectory | undefined
    const reception = await startReception({
      settings: { authenticationFloorMilliseconds: 1 },
      failedTries: { slowAfter: 1_000, refuseAfter: 1_000 },
      authenticate: (journal) => {
        directory = new ConnectionDirectory(journal, 'qualification')
        const log = pino({ level: 'silent' })
        onTestFinished(followJournal({ directory, journal, log }))
        return createAuthenticate(directory, new OffsetClock())
      },
    })
    onTestFinished(() => reception.stop())
    const { journal } = reception.ground
    await insertConnection(journal, PARTNER, {
      application_code: reception.user,
      running: { certificates: [{ part: 'client', sha256: CERTIFICATE }] },
    })
    const spki_sha256 = reception.spkiSha256
    await insertCertificate(journal, PARTNER, { sha256: CERTIFICATE, spki_sha256 })
    await directory!.refresh()

    const file = join(reception.folder, 'large')
    await writeFile(file, Buffer.alloc(20 * 1024 * 1024))
    const name = flowName(1)
    const batch = ['-l', KILOBITS_PER_SECOND, ...sftpBatch(reception, reception.keyFile)]
    const put = runProgram('sftp', batch, { input: `put ${file} depot/${name}\n` })
    const open = async () => (await readSessions(journal, { isOpen: true, limit: 5 }))[0]
    await until('the upload is shown', async () => (await open())?.doing[0]?.name === name)
    const session = (await open())!
    expect(session).toMatchObject({ connectionId: PARTNER, applicationCode: reception.user })
    expect(session.fields['ident']).toContain('OpenSSH')
    const cut = { by: 'Ops', at: new Date().toISOString(), reason: '' }
    await journal.write([cutStatement(journal, session.id, cut)])
    expect((await put).code).not.toBe(0)
    await until('it has ended', async () => (await open()) === undefined)

    const before = await listDeposits(reception, reception.keyFile)
    expect(before.code).toBe(0)
    const stranger = await listDeposits(reception, reception.strangerKeyFile)
    const blocked = JSON.stringify({ by: 'Ops', at: cut.at, reason: 'stolen key' })
    await changeConnection(journal, PARTNER, { blocked_json: blocked }, 'connections')
    await directory!.refresh()
    const after = await listDeposits(reception, reception.keyFile)
    expect(after.code).toBe(stranger.code)
    expect(after.stderr).toBe(stranger.stderr)
    await until('the reason is for ops', async () => {
      const query = journal.db.selectFrom('refusals').select('reason').orderBy('id')
      return (await journal.read(query)).at(-1)?.reason.includes('blocked: stolen key') ?? false
    })
    await changeConnection(journal, PARTNER, { blocked_json: null }, 'connections')
    await directory!.refresh()
    expect((await listDeposits(reception, reception.keyFile)).code).toBe(0)
  })
})
