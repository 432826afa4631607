import { pino } from 'pino'
import { issueLeaf, makeIntermediate, makeRoot } from '../../certs/authority.ts'
import { makeKeyPair, type KeyKind } from '../../certs/key-pair.ts'
import { testAnchor } from '../../certs/trust/trust-sources.ts'
import { writePkcs7 } from '../../certs/write-pkcs7.ts'
import type { Clock } from '../../gateway/clock.ts'
import type { ActivationProfile } from '../../gateway/connections/activation-time.ts'
import {
  openConnectionForms,
  type GatewayForms,
} from '../../gateway/connections/open-connection-forms.ts'
import type { Environment } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openMailOutbox, type MailOutbox } from '../../gateway/mail/mail-outbox.ts'

const DAY = 86_400_000
const log = pino({ level: 'silent' })

/** One authority for all tests of a file: keys take time. */
const root = await makeRoot(Date.now())
const intermediate = await makeIntermediate(root, Date.now())

/** Forms on a real journal that trust the authority of `testCertificate`. */
export function openTestForms(options: {
  readonly journal: Journal
  readonly clock: Clock
  readonly environment?: Environment
  readonly activation?: ActivationProfile
  readonly mail?: MailOutbox
  readonly memory?: { refresh(): Promise<void> }
}): GatewayForms {
  const { journal, clock, environment = 'qualification', memory } = options
  return openConnectionForms({
    journal,
    clock,
    log,
    environment,
    activation: options.activation ?? 'one-minute',
    trust: async () => ({ anchors: [testAnchor(root.certificatePem)] }),
    mail:
      options.mail ??
      openMailOutbox({ journal, clock, log, settings: { server: '', from: 'raccord@localhost' } }),
    mailLanguage: 'en',
    ...(memory === undefined ? {} : { memory }),
  })
}

export interface TestCertificate {
  readonly certificatePem: string
  /** The certificate, then its issuers. */
  readonly pem: string
  /** What is uploaded. */
  readonly bytes: Uint8Array
  readonly notAfter: number
}

/** A partner's certificate by the test authority, `from` and `until` milliseconds from now. */
export async function testCertificate(
  options: {
    readonly kind?: KeyKind
    readonly publicKey?: Awaited<ReturnType<typeof makeKeyPair>>['publicKey']
    readonly purpose?: 'client' | 'server'
    readonly from?: number
    readonly until?: number
  } = {},
): Promise<TestCertificate & { readonly publicKey: typeof publicKey }> {
  const { kind = { type: 'rsa', bits: 3_072 }, purpose = 'client' } = options
  const publicKey = options.publicKey ?? (await makeKeyPair(kind)).publicKey
  const now = Date.now()
  const notAfter = now + (options.until ?? 365 * DAY)
  const { certificatePem, chainPem } = issueLeaf(root, intermediate, {
    commonName: 'edi.partner.example',
    publicKey,
    purpose,
    notBefore: now + (options.from ?? -DAY),
    notAfter,
  })
  return {
    certificatePem,
    pem: [certificatePem, ...chainPem].join('\n'),
    bytes: writePkcs7([certificatePem, ...chainPem]),
    notAfter,
    publicKey,
  }
}
