import { expect, onTestFinished, test } from 'vitest'
import { until } from '../support/child-program.ts'
import { listDeposits } from '../support/openssh-sftp.ts'
import { describeWith } from '../support/programs.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception, ReceptionOptions } from '../support/start-reception.ts'

async function start(failedTries: ReceptionOptions['failedTries']): Promise<Reception> {
  const reception = await startReception({
    settings: { authenticationFloorMilliseconds: 1 },
    ...(failedTries === undefined ? {} : { failedTries }),
  })
  onTestFinished(() => reception.stop())
  return reception
}

/** Refusals are recorded behind the session, never waited for. */
async function countOf(reception: Reception, code: string): Promise<number> {
  return (await reception.refusals()).filter((refusal) => refusal.code === code).length
}

describeWith('sftp')('an address that fails again and again, with OpenSSH', () => {
  test('is turned away for a while before a byte is said, which ops can read', async () => {
    const reception = await start({ refuseAfter: 3, refuseSeconds: 8 })
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const end = await listDeposits(reception, reception.strangerKeyFile)
      expect(end.stderr).toContain('Permission denied (publickey)')
      await until('it is recorded', async () => {
        return (await countOf(reception, 'CREDENTIAL_REFUSED')) === attempt
      })
    }
    const turnedAway = await listDeposits(reception, reception.keyFile)
    expect(turnedAway.code).not.toBe(0)
    expect(turnedAway.stderr).not.toContain('Permission denied')
    await until('it is recorded', async () => (await countOf(reception, 'TRIES_EXCEEDED')) === 1)
    await until('it may come again', async () => {
      return (await listDeposits(reception, reception.keyFile)).code === 0
    })
  })

  test('is only slowed when the partner comes from there too', async () => {
    const reception = await start({ slowAfter: 1, maxDelayMilliseconds: 1, refuseAfter: 2 })
    expect(await listDeposits(reception, reception.keyFile)).toMatchObject({ code: 0 })
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const end = await listDeposits(reception, reception.strangerKeyFile)
      expect(end.stderr).toContain('Permission denied (publickey)')
    }
    expect(await listDeposits(reception, reception.keyFile)).toMatchObject({ code: 0 })
  })

  test('offering wrong keys before the right one is no failure', async () => {
    const reception = await start({ refuseAfter: 2 })
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const end = await listDeposits(reception, reception.strangerKeyFile, reception.keyFile)
      expect(end).toMatchObject({ code: 0 })
    }
    expect(await countOf(reception, 'TRIES_EXCEEDED')).toBe(0)
  })
})
