import { readFile } from 'node:fs/promises'
import { unwatchFile, watchFile } from 'node:fs'
import type { SecureContext } from 'node:tls'
import type { Config } from '../config/schema.ts'
import { errorCode } from './durable-files.ts'
import { GatewayError } from './errors.ts'
import type { Identity } from './identity.ts'
import type { Logger } from './logger.ts'

/** What https of AS2 shows, as it is now. */
export interface HttpsCertificate {
  readonly context: () => SecureContext
  /** Stops following it. */
  close(): void
}

/** How often a file is looked at for a renewal. */
const LOOK_MILLISECONDS = 10_000

/**
 * The certificate of AS2's https: of files (`as2.certificateFile`, `as2.keyFile`), else the one that
 * the API has too. Followed when it changes.
 * @throws GatewayError CONFIG_INVALID when the files are no certificate with its key
 */
export async function openHttpsCertificate(
  settings: Config['as2'],
  identity: Identity,
  log: Logger,
): Promise<HttpsCertificate> {
  const { secureContextOf } = await import('../protocols/as2/tls-sockets.ts')
  if (settings.tls === 'own') {
    let context = secureContextOf(await identity.certificate('api-tls'))
    const close = await identity.watch('api-tls', (certificate) => {
      context = secureContextOf(certificate)
    })
    return { context: () => context, close }
  }
  const { certificateFile, keyFile } = settings
  const files = [certificateFile, keyFile]
  const load = async (): Promise<SecureContext> => {
    const [certificatePem = '', keyPem = ''] = await Promise.all(
      files.map((file) => readFile(file, 'utf8')),
    )
    return secureContextOf({ certificatePem, chainPem: [], keyPem })
  }
  let context: SecureContext
  try {
    context = await load()
  } catch (cause) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `as2.certificateFile and as2.keyFile are no certificate with its key (${errorCode(cause)}).`,
      { cause },
    )
  }
  const again = (): void => {
    load().then(
      (renewed) => {
        context = renewed
        log.info({ certificateFile }, 'certificate of AS2 over https read again')
      },
      (err: unknown) => log.error({ err, certificateFile }, 'the new certificate cannot be used'),
    )
  }
  for (const file of files) {
    watchFile(file, { interval: LOOK_MILLISECONDS, persistent: false }, again)
  }
  return {
    context: () => context,
    close: () => {
      for (const file of files) unwatchFile(file, again)
    },
  }
}
