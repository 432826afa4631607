import { TLSSocket, createSecureContext, type SecureContext } from 'node:tls'
import type { Socket } from 'node:net'
import { sha256 } from '../../certs/fingerprint.ts'

/** What the https listener shows, PEM. */
export interface TlsIdentity {
  readonly certificatePem: string
  readonly chainPem: readonly string[]
  readonly keyPem: string
}

export function secureContextOf({ certificatePem, chainPem, keyPem }: TlsIdentity): SecureContext {
  return createSecureContext({
    cert: [certificatePem, ...chainPem].join(''),
    key: keyPem,
    minVersion: 'TLSv1.2',
  })
}

/**
 * Speaks TLS on a socket that came in. A client certificate is asked for and not judged: which one
 * is right is the connection's to say, and its dates are the Clock's (decisions B9).
 * @param ready told once the handshake is over
 */
export function speakTls(
  socket: Socket,
  secureContext: SecureContext,
  ready: (secured: TLSSocket) => void,
  failed: (error: Error) => void,
): TLSSocket {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  })
  secured.on('error', failed)
  secured.once('secure', () => ready(secured))
  return secured
}

/** Hexadecimal SHA-256 of the certificate that the client showed. */
export function shownCertificate(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer }
  return raw === undefined ? undefined : sha256(raw)
}
