import { createHash, verify } from 'node:crypto'
import {
  parseSshPublicKey,
  sshFingerprint,
  sshKeyObject,
  type SshPublicKey,
} from '../../certs/ssh-public-key.ts'
import type { Authenticate, DoorRefusal, PartnerConnection } from '../listener.ts'
import { USER_KEY_ALGORITHMS } from './algorithms.ts'
import type { AuthenticationRequest } from './ssh-transport.ts'

/**
 * One answer to SSH_MSG_USERAUTH_REQUEST (RFC 4252 §7). The signature is checked before anything
 * about the partner is asked, and every refusal is the same to the client.
 */

/** Reference sftp §2: partners' RSA keys. */
const MIN_RSA_BITS = 2_048
/** What of a user name goes to log and journal. */
const MAX_USER_CHARACTERS = 64

/** What the signature of each algorithm is over; null = the algorithm's own (RFC 8709). */
const SIGNATURE_HASHES: Readonly<Record<string, string | null>> = {
  'ssh-ed25519': null,
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
}

export type AuthenticationDecision =
  /** The key may be used: answer SSH_MSG_USERAUTH_PK_OK. Nothing is proved. */
  | { readonly outcome: 'key-known' }
  | {
      readonly outcome: 'accepted'
      readonly connection: PartnerConnection
      readonly fingerprint: string
      /** Asks again whether this key opens this connection. */
      readonly isStillAccepted: () => boolean
    }
  | {
      readonly outcome: 'refused'
      readonly reason: string
      readonly offered?: string
      readonly nearest?: NonNullable<DoorRefusal['nearest']>
    }

/** @param peerAddress the partner's address, without port */
export function decideAuthentication(
  request: AuthenticationRequest,
  authenticate: Authenticate,
  peerAddress: string,
): AuthenticationDecision {
  const user = printable(request.user)
  const { key } = request
  if (request.method !== 'publickey' || key === undefined) {
    return refused(`method ${printable(request.method)} for user ${user}: only publickey is taken`)
  }
  const parsed = parseSshPublicKey(key.blob)
  const fault = keyFault(key.algorithm, parsed)
  if (fault !== undefined || parsed === undefined) {
    return refused(`user ${user}: ${fault}`, printable(key.algorithm))
  }
  const fingerprint = sshFingerprint(key.blob)
  const offered = `${key.algorithm} ${fingerprint}`
  const isProbe = key.signature === undefined || key.signed === undefined
  if (!isProbe && !isSignatureGood(key, parsed)) {
    return refused(`user ${user}: the signature does not fit the key`, offered)
  }
  const credential = {
    protocol: 'sftp',
    user: request.user,
    spkiSha256: createHash('sha256').update(parsed.spki).digest('hex'),
    peerAddress,
  } as const
  const answer = authenticate(credential)
  if (answer.outcome === 'refused') {
    const nearest = answer.nearest === undefined ? {} : { nearest: answer.nearest }
    return { outcome: 'refused', reason: `user ${user}: ${answer.reason}`, offered, ...nearest }
  }
  if (isProbe) return { outcome: 'key-known' }
  return {
    outcome: 'accepted',
    connection: answer.connection,
    fingerprint,
    isStillAccepted: () => {
      const now = authenticate(credential)
      return now.outcome === 'accepted' && now.connection.id === answer.connection.id
    },
  }
}

/** Text of a stranger, short and without control characters. */
export function printable(text: string): string {
  const short = text.slice(0, MAX_USER_CHARACTERS)
  return `${short.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?')}${short === text ? '' : '…'}`
}

function keyFault(algorithm: string, parsed: SshPublicKey | undefined): string | undefined {
  if (algorithm === 'ssh-rsa') return 'an RSA key must sign with rsa-sha2-256 or rsa-sha2-512'
  if (algorithm.includes('-cert-v01')) return 'OpenSSH certificates are not taken'
  if (!(USER_KEY_ALGORITHMS as readonly string[]).includes(algorithm)) {
    return `key algorithm ${printable(algorithm)} is not taken`
  }
  if (parsed === undefined) return 'the key is malformed'
  const expected = algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm
  if (parsed.algorithm !== expected) return `a key of ${parsed.algorithm} under another name`
  if (expected === 'ssh-rsa' && parsed.bits < MIN_RSA_BITS) {
    return `an RSA key of ${parsed.bits} bits; ${MIN_RSA_BITS} are needed`
  }
  return undefined
}

function isSignatureGood(
  key: NonNullable<AuthenticationRequest['key']>,
  parsed: SshPublicKey,
): boolean {
  const publicKey = sshKeyObject(parsed)
  const hash = SIGNATURE_HASHES[key.algorithm]
  if (publicKey === undefined || hash === undefined) return false
  try {
    return verify(hash, key.signed!, publicKey, key.signature!)
  } catch {
    return false // a signature that is no DER
  }
}

function refused(reason: string, offered?: string): AuthenticationDecision {
  return { outcome: 'refused', reason, ...(offered === undefined ? {} : { offered }) }
}
