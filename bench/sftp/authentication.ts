import { join } from 'node:path'
import { makeKeyPair } from '../../certs/key-pair.ts'
import type { Suite } from '../bench-context.ts'
import { prepareGatewayData } from '../gateway-data.ts'
import { startGatewayServer } from '../gateway-server.ts'
import { quantile } from '../measurement.ts'
import type { Measurement } from '../measurement.ts'
import { scratchFolder } from '../scratch.ts'
import { CredentialRefused, SshConnection } from '../ssh-client/ssh-connection.ts'
import type { SshTarget } from '../ssh-client/ssh-connection.ts'
import { BENCH_USERS, INACTIVE_USER } from './rig.ts'
import { distributionDistance } from '../../test/support/distribution-distance.ts'

const TRIES = 200
const QUICK_TRIES = 60
/** Kolmogorov and Smirnov: beyond this factor two samples are of one kind in 1 case of 100. */
const ONE_PERCENT = 1.63

/**
 * Unknown user, wrong key, inactive connection: the time of the refusal must not tell which
 * (decisions E6). The greatest distance between two of the three distributions says how well they
 * can be told apart: 0 not at all, 1 always.
 */
export const measureAuthentication: Suite = async (bench) => {
  const scratch = scratchFolder()
  const dataFolder = join(scratch.path, 'data')
  const wrongKey = (await makeKeyPair({ type: 'ed25519' })).privateKey
  await prepareGatewayData({
    dataFolder,
    connections: [
      { applicationCode: BENCH_USERS.ed25519, key: bench.keys['rsa-3072'], isActive: true },
      { applicationCode: INACTIVE_USER, key: bench.keys.ed25519, isActive: false },
    ],
  })
  const server = await startGatewayServer({
    dataFolder,
    user: BENCH_USERS.ed25519,
    roles: 'listeners',
  })
  try {
    const base = {
      host: server.host,
      port: server.port,
      hostKey: 'ssh-ed25519',
      cipher: bench.cipher,
    } as const
    const kinds: readonly { name: string; target: SshTarget; times: number[] }[] = [
      { name: 'unknown user', target: { ...base, user: 'BEN999', key: wrongKey }, times: [] },
      {
        name: 'wrong key',
        target: { ...base, user: BENCH_USERS.ed25519, key: wrongKey },
        times: [],
      },
      {
        name: 'inactive connection',
        target: { ...base, user: INACTIVE_USER, key: bench.keys.ed25519.privateKey },
        times: [],
      },
    ]
    const tries = bench.isQuick ? QUICK_TRIES : TRIES
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const kind = kinds[attempt % kinds.length]!
      kind.times.push(await refusalMilliseconds(kind.target))
    }
    const perKind = Math.floor(tries / kinds.length)
    const distance = Math.max(
      ...kinds.flatMap((one, index) =>
        kinds.slice(index + 1).map((other) => distributionDistance(one.times, other.times)),
      ),
    )
    const limit = ONE_PERCENT * Math.sqrt(2 / perKind)
    return [
      ...kinds.map(({ name, times }): Measurement => ({
        id: `sftp.authentication.${name.replaceAll(' ', '-')}`,
        title: `refusal, ${name}`,
        unit: 'ms',
        ours: times,
        note: `p95 ${quantile(times, 0.95).toFixed(1)} ms`,
      })),
      {
        id: 'sftp.authentication.distance',
        title: 'refusals: distance of the distributions',
        unit: '',
        ours: [distance],
        target: { valueAtMost: Number(limit.toFixed(2)) },
      },
    ]
  } finally {
    await server.stop()
    scratch.remove()
  }
}

/** From the signed request to the refusal. */
async function refusalMilliseconds(target: SshTarget): Promise<number> {
  try {
    const connection = await SshConnection.open(target)
    await connection.close()
  } catch (error) {
    if (error instanceof CredentialRefused) return error.milliseconds
    throw error
  }
  throw new Error(`${target.user} was let in`)
}
