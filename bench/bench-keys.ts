import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeKeyPair, sshPrivateKey } from '../certs/key-pair.ts'
import type { BenchKey } from './sftp-server.ts'

/** Makes one key of each kind that is measured and writes them where OpenSSH can read them. */
export async function makeBenchKeys(
  folder: string,
): Promise<Readonly<Record<BenchKey['kind'], BenchKey>>> {
  const [ed25519, rsa] = await Promise.all([
    makeBenchKey(folder, 'ed25519'),
    makeBenchKey(folder, 'rsa-3072'),
  ])
  return { ed25519, 'rsa-3072': rsa }
}

async function makeBenchKey(folder: string, kind: BenchKey['kind']): Promise<BenchKey> {
  const pair = await makeKeyPair(
    kind === 'ed25519' ? { type: 'ed25519' } : { type: 'rsa', bits: 3072 },
  )
  const path = join(folder, `id-${kind}`)
  await writeFile(path, sshPrivateKey(pair.privateKey, 'raccord-bench'), { mode: 0o600 })
  return { kind, ...pair, path }
}
