import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { BenchContext } from '../bench-context.ts'
import { prepareGatewayData } from '../gateway-data.ts'
import type { BenchReturns } from '../gateway-data.ts'
import { startGatewayServer } from '../gateway-server.ts'
import type { GatewayServer } from '../gateway-server.ts'
import { startOpenSshServer } from '../openssh-server.ts'
import type { SftpServerKind } from '../openssh-server.ts'
import { MEMORY_DISK, scratchFolder } from '../scratch.ts'
import type { BenchKey, SftpServer } from '../sftp-server.ts'

/** Where the servers keep their files: a disk, or memory, which tells the disk's part. */
export type Medium = 'disk' | 'memory'

/** SFTP users of the gateway under measurement, by the kind of their key. */
export const BENCH_USERS: Readonly<Record<BenchKey['kind'], string>> = {
  ed25519: 'BEN001',
  'rsa-3072': 'BEN002',
}
/** Registered with a key of its own, and not active. */
export const INACTIVE_USER = 'BEN003'

/** Our server beside OpenSSH's, both on one medium; all goes away with `stop`. */
export interface Rig {
  readonly ours: GatewayServer
  readonly openSsh: Readonly<Record<SftpServerKind, SftpServer>>
  readonly folder: string
  /** Removes what the reference has received. */
  clearReference(): Promise<void>
  stop(): Promise<void>
}

export async function startRig(
  bench: BenchContext,
  options: { readonly medium: Medium; readonly returns?: Omit<BenchReturns, 'applicationCode'> },
): Promise<Rig> {
  const scratch = scratchFolder(options.medium === 'disk' ? tmpdir() : MEMORY_DISK)
  const ours = await startListenersOnly(bench, join(scratch.path, 'data'), options.returns)
  const userKeys = Object.values(bench.keys)
  const kinds: readonly SftpServerKind[] = ['internal', 'external']
  const [internal, external] = await Promise.all(
    kinds.map(async (kind) => {
      const folder = join(scratch.path, kind)
      await mkdir(folder)
      return startOpenSshServer({ folder, userKeys, kind })
    }),
  )
  return {
    ours,
    openSsh: { internal: internal!, external: external! },
    folder: scratch.path,
    async clearReference() {
      for (const kind of kinds) {
        const uploads = join(scratch.path, kind, 'uploads')
        await rm(uploads, { recursive: true, force: true })
        await mkdir(uploads)
      }
    },
    async stop() {
      await Promise.all([ours.stop(), internal!.stop(), external!.stop()])
      scratch.remove()
    },
  }
}

/** A fresh gateway that only listens (decisions A9), with the bench's connections. */
export async function startListenersOnly(
  bench: BenchContext,
  dataFolder: string,
  returns?: Omit<BenchReturns, 'applicationCode'>,
): Promise<GatewayServer> {
  const { keys } = bench
  await mkdir(dataFolder, { recursive: true })
  await prepareGatewayData({
    dataFolder,
    connections: [
      { applicationCode: BENCH_USERS.ed25519, key: keys.ed25519, isActive: true },
      { applicationCode: BENCH_USERS['rsa-3072'], key: keys['rsa-3072'], isActive: true },
    ],
    ...(returns === undefined
      ? {}
      : { returns: { ...returns, applicationCode: BENCH_USERS.ed25519 } }),
  })
  return startGatewayServer({ dataFolder, user: BENCH_USERS.ed25519, roles: 'listeners' })
}
