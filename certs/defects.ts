import { X509Certificate, type KeyObject } from 'node:crypto'
import type { BilingualText } from '../gateway/flow.ts'
import {
  issueLeaf,
  leafValidity,
  makeIntermediate,
  makeRoot,
  type AuthorityMember,
  type IssuedCertificate,
  type LeafOrder,
  type LeafPurpose,
} from './authority.ts'
import type { CertificateCheckName } from './certificate-checks.ts'
import { makeKeyPair, type KeyKind } from './key-pair.ts'
import { pem } from './pem.ts'

/**
 * Certificates that a check has to refuse: test artefacts, one wrong thing each. They are made
 * where the private key of the test authority lies, never through the API.
 */

const DAY = 86_400_000

export interface DefectiveOrder {
  readonly root: AuthorityMember
  readonly intermediate: AuthorityMember
  readonly commonName: string
  readonly publicKey: KeyObject
  readonly purpose: LeafPurpose
  readonly dnsNames: readonly string[]
  /** Milliseconds UTC. */
  readonly now: number
  readonly days: number
}

/** What is written: `bundlePem` goes into the `.p7b`, in its order. */
export interface DefectiveCertificate extends IssuedCertificate {
  readonly bundlePem: readonly string[]
}

export interface DefectRow {
  /** The one line of `certs check` that fails. */
  readonly fails: CertificateCheckName
  readonly what: BilingualText
  /** When the key itself is what is wrong. */
  readonly key?: KeyKind
  make(order: DefectiveOrder): Promise<DefectiveCertificate>
}

export const DEFECTS = {
  expired: {
    fails: 'validity',
    what: { en: 'expired yesterday', fr: 'expiré hier' },
    make: async (order) =>
      whole(order, { notBefore: order.now - 400 * DAY, notAfter: order.now - DAY }),
  },
  'not-yet-valid': {
    fails: 'validity',
    what: { en: 'valid from 30 days on', fr: 'valide dans 30 jours' },
    make: async (order) =>
      whole(order, {
        notBefore: order.now + 30 * DAY,
        notAfter: order.now + (30 + order.days) * DAY,
      }),
  },
  'wrong-purpose': {
    fails: 'purpose',
    what: { en: 'for signing code', fr: 'pour signer du code' },
    make: async (order) => whole(order, { purpose: 'code-signing' }),
  },
  'weak-key': {
    fails: 'key',
    what: { en: 'an RSA key of 1024 bits', fr: 'une clé RSA de 1024 bits' },
    key: { type: 'rsa', bits: 1_024 },
    make: async (order) => whole(order),
  },
  'unknown-root': {
    fails: 'root',
    what: {
      en: 'of another authority (with certs.unknownRoot: warn it passes with a warning)',
      fr: 'd’une autre autorité (avec certs.unknownRoot: warn, un simple avertissement)',
    },
    make: async (order) => {
      const root = await makeRoot(order.now, 'Somebody else’s root')
      const intermediate = await makeIntermediate(root, order.now)
      return whole({ ...order, root, intermediate })
    },
  },
  sha1: {
    fails: 'signature',
    what: { en: 'signed with SHA-1', fr: 'signé avec SHA-1' },
    make: async (order) => whole(order, { digest: 'sha1' }),
  },
  'incomplete-chain': {
    fails: 'chain',
    what: { en: 'without its intermediate authority', fr: 'sans son autorité intermédiaire' },
    make: async (order) => {
      const made = whole(order)
      const root = made.chainPem.slice(-1)
      return { ...made, chainPem: root, bundlePem: [made.certificatePem, ...root] }
    },
  },
  'leaf-only': {
    fails: 'chain',
    what: { en: 'without any chain', fr: 'sans aucune chaîne' },
    make: async (order) => {
      const made = whole(order)
      return { ...made, chainPem: [], bundlePem: [made.certificatePem] }
    },
  },
  'forged-signature': {
    fails: 'chain',
    what: {
      en: 'with a signature that its issuer did not make',
      fr: 'avec une signature que son émetteur n’a pas faite',
    },
    make: async (order) => {
      const made = whole(order)
      const certificatePem = withWrongSignature(made.certificatePem)
      return { ...made, certificatePem, bundlePem: [certificatePem, ...made.chainPem] }
    },
  },
  'two-leaves': {
    fails: 'count',
    what: {
      en: 'two certificates of a partner in one file',
      fr: 'deux certificats de partenaire dans un fichier',
    },
    make: async (order) => {
      const { publicKey } = await makeKeyPair({ type: 'rsa', bits: 2_048 })
      const second = whole({ ...order, publicKey, commonName: `${order.commonName} (2)` })
      const made = whole(order)
      return { ...made, bundlePem: [second.certificatePem, ...made.bundlePem] }
    },
  },
  'no-leaf': {
    fails: 'end-entity',
    what: { en: 'its authorities only', fr: 'ses autorités seulement' },
    make: async (order) => {
      const made = whole(order)
      return { ...made, bundlePem: made.chainPem }
    },
  },
} as const satisfies Record<string, DefectRow>

export type Defect = keyof typeof DEFECTS

export const DEFECT_NAMES = Object.keys(DEFECTS) as readonly Defect[]

export function isDefect(name: string): name is Defect {
  return Object.hasOwn(DEFECTS, name)
}

/** An order as it should be, but for `changes`, with its chain. */
function whole(
  { root, intermediate, commonName, publicKey, purpose, dnsNames, now, days }: DefectiveOrder,
  changes: Partial<LeafOrder> = {},
): DefectiveCertificate {
  const order = { commonName, publicKey, purpose, dnsNames, ...leafValidity(now, days) }
  const issued = issueLeaf(root, intermediate, { ...order, ...changes })
  return { ...issued, bundlePem: [issued.certificatePem, ...issued.chainPem] }
}

/** One bit of the signature is another: it stands at the end of the certificate. */
function withWrongSignature(certificatePem: string): string {
  const der = Buffer.from(new X509Certificate(certificatePem).raw)
  der[der.length - 1]! ^= 1
  return pem('CERTIFICATE', der)
}
