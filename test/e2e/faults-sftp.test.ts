import { connect } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import { runProgram, type ProgramEnd } from '../support/child-program.ts'
import { opensshOptions, opensshTarget, sftpBatch } from '../support/openssh-sftp.ts'
import { oneFault } from '../support/one-fault.ts'
import { describeWith } from '../support/programs.ts'
import { startReception, type Reception } from '../support/start-reception.ts'

const NAME = 'FSO1110A_SIM123_SIM1231110000000000000042.xml'
const INVOICE = `<?xml version="1.0"?><Invoice>${'x'.repeat(200_000)}</Invoice>`

/** A reception on which these faults act, each so many times as it is met. */
async function receptionWith(
  name: FaultName,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Reception> {
  const reception = await startReception({
    faults: oneFault(name, values).faults,
    settings: { authenticationFloorMilliseconds: 1 },
    failedTries: { slowAfter: 1_000, refuseAfter: 1_000 },
  })
  onTestFinished(() => reception.stop())
  return reception
}

async function put(reception: Reception): Promise<ProgramEnd> {
  const file = join(reception.folder, 'sent.xml')
  await writeFile(file, INVOICE)
  return await runProgram('sftp', sftpBatch(reception, reception.keyFile), {
    input: `put ${file} depot/${NAME}\n`,
  })
}

/** What OpenSSH's own client meets of each fault: its words, and whether the flow was taken. */
const OBSERVED: readonly {
  readonly fault: FaultName
  readonly values?: Readonly<Record<string, unknown>>
  readonly says: RegExp
  readonly taken: number
}[] = [
  { fault: 'refuse-connect', says: /reset by|closed by|Connection closed/i, taken: 0 },
  { fault: 'cut-line', values: { bytes: 40_000 }, says: /reset|closed|Broken pipe/i, taken: 0 },
  { fault: 'cut-transfer', values: { bytes: 65_536 }, says: /closed|reset|lost/i, taken: 0 },
  { fault: 'no-answer', says: /closed|reset|lost/i, taken: 1 },
  { fault: 'certificate-refused', says: /Permission denied/, taken: 0 },
  { fault: 'connection-off', says: /Permission denied/, taken: 0 },
  { fault: 'sftp-auth-failure', says: /Permission denied/, taken: 0 },
  {
    fault: 'sftp-host-key',
    says: /IDENTIFICATION HAS CHANGED|Host key verification failed/,
    taken: 0,
  },
  { fault: 'sftp-old-algorithms', says: /no matching cipher found/, taken: 0 },
  { fault: 'sftp-permission-denied', says: /Permission denied/, taken: 0 },
  { fault: 'sftp-quota', says: /Failure/, taken: 0 },
  { fault: 'sftp-close-failure', says: /Failure/, taken: 1 },
  { fault: 'disk-full', says: /Failure/, taken: 0 },
  { fault: 'disk-read-only', says: /Failure/, taken: 0 },
  { fault: 'journal-away', says: /Failure/, taken: 0 },
]

describeWith('sftp', 'ssh')('faults on demand, seen by OpenSSH', () => {
  test.each(OBSERVED)('$fault', async ({ fault, values, says, taken }) => {
    const reception = await receptionWith(fault, values)
    const end = await put(reception)
    expect(end.code).not.toBe(0)
    expect(end.stderr + end.stdout).toMatch(says)
    expect(await reception.flows()).toHaveLength(taken)
  })

  test('slow-line: the file comes whole, at the speed that was asked for', async () => {
    const reception = await receptionWith('slow-line', { kilobytesPerSecond: 200 })
    const start = performance.now()
    const end = await put(reception)
    expect(end.code).toBe(0)
    // 200 kB cannot pass a line of 200 kB/s in less; the upper end is no promise.
    expect(performance.now() - start).toBeGreaterThan(900)
    expect(await reception.flows()).toHaveLength(1)
  })

  test('slow-answer: it is taken before it is said', async () => {
    const reception = await receptionWith('slow-answer', { seconds: 1 })
    const sending = put(reception)
    const start = performance.now()
    while ((await reception.flows()).length === 0) {
      if (performance.now() - start > 20_000) throw new Error('the flow did not come')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await sending).code).toBe(0)
  })

  test('hang: the line opens, and not even a banner comes', async () => {
    const reception = await receptionWith('hang')
    const socket = connect(reception.port, reception.host)
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    let came = 0
    socket.on('data', (chunk: Buffer) => {
      came += chunk.length
    })
    const options = opensshOptions(reception, reception.keyFile)
    const { code, stderr } = await runProgram('ssh', [
      ...options,
      '-o',
      'ConnectTimeout=2',
      opensshTarget(reception),
    ])
    expect(code).toBe(255)
    expect(stderr).toMatch(/timed out/)
    expect(came).toBe(0)
  })

  test('with no fault the same file is taken', async () => {
    const reception = await startReception()
    onTestFinished(() => reception.stop())
    expect((await put(reception)).code).toBe(0)
    expect(await reception.flows()).toHaveLength(1)
  })
})
