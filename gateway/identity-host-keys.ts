import { createPublicKey } from 'node:crypto'
import { makeKeyPair, sshPrivateKey } from '../certs/key-pair.ts'
import { sshFingerprint, sshPublicKeyBlob, sshPublicKeyLine } from '../certs/ssh-public-key.ts'
import { requirePrivateKey, unreadable } from './identity-keys.ts'
import { HOST_KEY_KINDS, keyInUse, type HostKeyKind, type IdentityState } from './identity-kinds.ts'
import type { IdentityFile } from './identity-files.ts'

/** A key the gateway shows to SSH clients. */
export interface SshHostKey {
  readonly kind: HostKeyKind
  readonly algorithm: 'ssh-ed25519' | 'ssh-rsa'
  /** In the form ssh2 reads. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA…` */
  readonly publicLine: string
  /** `SHA256:…` */
  readonly fingerprint: string
  /** Milliseconds UTC: offered from then on. */
  readonly usedFrom: number
}

export const HOST_KEY_KIND_NAMES = Object.keys(HOST_KEY_KINDS) as readonly HostKeyKind[]

/** How long partners are told of a host key after another one has taken its place. */
const PUBLISHED_AFTERWARDS = 90 * 86_400_000

/** @returns PKCS#8 PEM, made off the main thread */
export async function makeHostKey(kind: HostKeyKind): Promise<string> {
  const { privateKey } = await makeKeyPair(HOST_KEY_KINDS[kind])
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** @throws GatewayError IDENTITY_UNREADABLE */
export function hostKeyOf(kind: HostKeyKind, file: IdentityFile): SshHostKey {
  const { key } = requirePrivateKey(file)
  const blob = sshPublicKeyBlob(createPublicKey(key))
  const publicLine = blob === undefined ? '' : sshPublicKeyLine(blob)
  const [algorithm] = publicLine.split(' ')
  if (blob === undefined || (algorithm !== 'ssh-ed25519' && algorithm !== 'ssh-rsa')) {
    throw unreadable(file)
  }
  return {
    kind,
    algorithm,
    privateKey: sshPrivateKey(key, 'raccord'),
    publicLine,
    fingerprint: sshFingerprint(blob),
    usedFrom: file.notBefore,
  }
}

/**
 * Where each key of one kind stands; those whose successor has long been in use are left out.
 * @param keys of one kind, newest first
 */
export function hostKeyStates(keys: readonly SshHostKey[], now: number): readonly HostKeyState[] {
  const used = keyInUse(keys, now)
  return keys.flatMap((key, index): readonly HostKeyState[] => {
    if (key === used) return [{ key, state: 'in-use' }]
    if (key.usedFrom > now) return [{ key, state: 'next' }]
    const successor = keys[index - 1]
    const isOver = successor !== undefined && now - successor.usedFrom > PUBLISHED_AFTERWARDS
    return isOver ? [] : [{ key, state: 'previous' }]
  })
}

interface HostKeyState {
  readonly key: SshHostKey
  readonly state: IdentityState
}
