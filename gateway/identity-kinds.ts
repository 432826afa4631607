import type { LeafPurpose } from '../certs/authority.ts'
import type { KeyKind } from '../certs/key-pair.ts'
import type { BilingualText } from './flow.ts'

/** Everything the gateway is known by (decisions C1); the names are those of the key files. */
export const IDENTITY_KINDS = [
  'ssh-host-ed25519',
  'ssh-host-rsa',
  'api-tls',
  'as2',
  'pesit-server',
  'pesit-client',
] as const

export type IdentityKind = (typeof IDENTITY_KINDS)[number]
export type HostKeyKind = Extract<IdentityKind, `ssh-${string}`>
export type CertificateKind = Exclude<IdentityKind, HostKeyKind>

export const HOST_KEY_KINDS: Readonly<Record<HostKeyKind, KeyKind>> = {
  'ssh-host-ed25519': { type: 'ed25519' },
  'ssh-host-rsa': { type: 'rsa', bits: 3_072 },
}

/** A key of the gateway that has a certificate of its own authority. */
export interface CertificateKindRow {
  readonly key: KeyKind
  readonly purpose: LeafPurpose
  readonly commonName: string
  /** Carries the names the gateway is reached by, and is issued again when they change. */
  readonly isNamed: boolean
  readonly days: number
  /** How long a key that replaces an ending one is published before it is used. */
  readonly overlapDays: number
}

export const CERTIFICATE_KINDS: Readonly<Record<CertificateKind, CertificateKindRow>> = {
  // Browsers take no longer validity, and pin nothing: a new one may be used at once.
  'api-tls': {
    key: { type: 'ec', curve: 'P-256' },
    purpose: 'server',
    commonName: 'Raccord API',
    isNamed: true,
    days: 397,
    overlapDays: 0,
  },
  // Partners pin this one: it names no host, so that moving the gateway does not change it.
  as2: {
    key: { type: 'rsa', bits: 3_072 },
    purpose: 'as2',
    commonName: 'Raccord AS2',
    isNamed: false,
    days: 1_095,
    overlapDays: 30,
  },
  'pesit-server': {
    key: { type: 'rsa', bits: 3_072 },
    purpose: 'server',
    commonName: 'Raccord PeSIT server',
    isNamed: true,
    days: 1_095,
    overlapDays: 30,
  },
  'pesit-client': {
    key: { type: 'rsa', bits: 3_072 },
    purpose: 'client',
    commonName: 'Raccord PeSIT client',
    isNamed: false,
    days: 1_095,
    overlapDays: 30,
  },
}

export const CERTIFICATE_KIND_NAMES = Object.keys(CERTIFICATE_KINDS) as readonly CertificateKind[]

/** Where a key stands now. `previous` and `next` are accepted, and published, beside `in-use`. */
export type IdentityState = 'next' | 'in-use' | 'previous' | 'expired'

export const IDENTITY_STATE_LABELS: Readonly<Record<IdentityState, BilingualText>> = {
  next: { en: 'next', fr: 'suivante' },
  'in-use': { en: 'in use', fr: 'utilisée' },
  previous: { en: 'previous, accepted', fr: 'précédente, acceptée' },
  expired: { en: 'expired', fr: 'expirée' },
}

/**
 * The newest whose time has come; while the clock stands before all of them, the oldest.
 * @param keys newest first, at least one
 */
export function keyInUse<Key extends { readonly usedFrom: number }>(
  keys: readonly Key[],
  now: number,
): Key | undefined {
  return keys.find((key) => key.usedFrom <= now) ?? keys.at(-1)
}
