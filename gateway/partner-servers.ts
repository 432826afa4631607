import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { PostTls } from '../protocols/as2/http-exchange.ts'
import type { PartnerCertificate } from '../protocols/partner-certificate.ts'
import type { CertificateTrust } from './certificate-trust.ts'
import type { Clock } from './clock.ts'
import type { As2Policy } from './connections/as2-overrides.ts'

/** How the https server of one partner is checked before anything is sent to it. */
export type PartnerServerTls = (
  policy: Pick<As2Policy, 'tlsServerCertificate'>,
  certificates: readonly PartnerCertificate[],
) => Promise<PostTls>

/**
 * Servers are trusted that show a registered certificate, or one of an authority: those that Node
 * knows, of the trust folder, and the gateway's own test authority where it is trusted.
 */
export function createPartnerServerTls(parts: {
  readonly trust: () => Promise<Pick<CertificateTrust, 'anchors'>>
  readonly clock: Clock
}): PartnerServerTls {
  let made: { readonly key: string; readonly context: SecureContext } | undefined
  const context = async (): Promise<SecureContext> => {
    const { anchors } = await parts.trust()
    const key = anchors.map(({ certificate }) => certificate.sha256).join()
    if (made?.key !== key) {
      // Reading the roots of the public authorities takes some tens of milliseconds.
      const own = anchors.map(({ certificate }) => certificate.x509.toString())
      const ca = [...rootCertificates, ...own]
      made = { key, context: createSecureContext({ ca, minVersion: 'TLSv1.2' }) }
    }
    return made.context
  }
  return async ({ tlsServerCertificate: mode }, registered) =>
    mode === 'unchecked'
      ? { isUnchecked: true }
      : { trust: await context(), check: { mode, registered, now: parts.clock.now() } }
}
