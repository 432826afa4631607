import type { CertificateRequest } from '../certs/certificate-checks.ts'
import type { TrustSources } from '../certs/trust/trust-sources.ts'
import type { Config } from '../config/schema.ts'
import type { Logger } from './logger.ts'

/** Whom the gateway trusts when it looks at a partner's certificate: settings `certs.*`. */
export type CertificateTrust = Pick<
  CertificateRequest,
  'anchors' | 'unknownRoot' | 'rgsPolicies' | 'revocationLists'
>

/**
 * What to trust as the files have it now; one that cannot be used is logged once.
 * @param testRootPem of the gateway's test authority; absent: it is not trusted
 */
export function openCertificateTrust(
  settings: Config['certs'],
  testRootPem: string | undefined,
  log: Logger,
): () => Promise<CertificateTrust> {
  const { trustFolder, revocationLists, unknownRoot, rgsPolicies } = settings
  let sources: TrustSources | undefined
  const told = new Set<string>()
  return async () => {
    // What reads certificates is loaded when there is one to check.
    const { TrustSources } = await import('../certs/trust/trust-sources.ts')
    sources ??= new TrustSources({
      trustFolder,
      revocationLists,
      ...(testRootPem === undefined ? {} : { testRootPem }),
    })
    const { faults, ...trust } = await sources.current()
    for (const fault of faults) {
      const mark = `${fault.path} ${fault.problem}`
      if (told.has(mark)) continue
      told.add(mark)
      log.warn(fault, 'a file of the trusted authorities or revocation lists is left out')
    }
    return { ...trust, unknownRoot, rgsPolicies }
  }
}
