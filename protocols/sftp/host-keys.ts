import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { GatewayError } from '../../gateway/errors.ts'
import { sshFingerprint, sshPublicKeyBlob } from '../../certs/ssh-public-key.ts'
import { parseKey } from './ssh2-repairs.ts'
import type { TransportHostKey } from './ssh2-shapes.ts'

/** Hash of an ECDSA host key by its curve (RFC 5656 §6.2.1). */
const ECDSA_HASHES: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
}

export interface HostKeys {
  /** By algorithm name; an RSA key stands under `rsa-sha2-512` and `rsa-sha2-256`. */
  readonly byAlgorithm: Readonly<Record<string, TransportHostKey>>
  /** `SHA256:…` of each key, for log and console. */
  readonly fingerprints: readonly string[]
}

/**
 * Reads the host keys, parsed once: signing with text would parse it for each connection. The
 * first key of a kind counts.
 * @param keys private keys: PEM (PKCS#8, PKCS#1, SEC1) or OpenSSH's own form, no passphrase
 * @throws GatewayError CONFIG_INVALID for a key that cannot be read or that SSH has no name for
 */
export function loadHostKeys(keys: readonly (string | Buffer)[]): HostKeys {
  const byAlgorithm: Record<string, TransportHostKey> = {}
  const fingerprints: string[] = []
  for (const text of keys) {
    const key = readPrivateKey(text)
    const blob = sshPublicKeyBlob(createPublicKey(key))
    if (blob === undefined) {
      throw new GatewayError('CONFIG_INVALID', 'An SSH host key is of a kind that SSH cannot use.')
    }
    const type = blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))
    const hostKey: TransportHostKey = {
      type,
      getPublicSSH: () => blob,
      sign: (data, hash) => sign(hash ?? ECDSA_HASHES[type] ?? null, data, key),
    }
    for (const name of type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]) {
      byAlgorithm[name] ??= hostKey
    }
    fingerprints.push(sshFingerprint(blob))
  }
  if (fingerprints.length === 0) {
    throw new GatewayError('CONFIG_INVALID', 'The SFTP listener has no SSH host key.')
  }
  return { byAlgorithm, fingerprints }
}

/** Reads the keys anew each time another array of them is given. @throws as `loadHostKeys` */
export function followHostKeys(keysNow: () => readonly (string | Buffer)[]): () => HostKeys {
  let keys = keysNow()
  let loaded = loadHostKeys(keys)
  return () => {
    const now = keysNow()
    if (now !== keys) {
      loaded = loadHostKeys(now)
      keys = now
    }
    return loaded
  }
}

function readPrivateKey(text: string | Buffer): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (cause) {
    const parsed = parseKey(text)
    const pem = parsed instanceof Error ? null : firstOf(parsed).getPrivatePEM()
    if (!pem) {
      throw new GatewayError('CONFIG_INVALID', 'An SSH host key cannot be read.', { cause })
    }
    return createPrivateKey(pem)
  }
}

function firstOf<Item>(items: Item | readonly Item[]): Item {
  return Array.isArray(items) ? (items[0] as Item) : (items as Item)
}
