import { X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { certificateSha256, spkiSha256 } from '../../../certs/fingerprint.ts'
import { errorCode } from '../../durable-files.ts'
import type { ConnectionDocument } from '../connection-forms.ts'
import type { StepLimits } from './name-and-tcp.ts'
import { probeStep } from './probe-answers.ts'
import type { ProbeStep, ProbeTarget } from './probe.ts'
import { StepTimeout, within } from './step-timer.ts'

/** Shown to partners that ask for one. */
export interface OwnClientCertificate {
  /** PEM: the certificate, then its chain. */
  readonly cert: string
  readonly key: string
}

/** The handshake, whatever certificate comes: it is judged in a step of its own. */
export async function shakeHands(
  { host }: ProbeTarget,
  socket: Socket,
  own: OwnClientCertificate | undefined,
  { seconds, signal }: StepLimits,
): Promise<{ readonly step: ProbeStep; readonly socket: TLSSocket | undefined }> {
  const start = performance.now()
  try {
    const secure = await within(seconds, signal, (stop) =>
      handshake(host, socket, own, { seconds, signal: stop }),
    )
    const seen = {
      version: secure.getProtocol() ?? '',
      cipher: secure.getCipher().standardName,
    }
    return { step: probeStep('TLS_AGREED', performance.now() - start, seen), socket: secure }
  } catch (error) {
    socket.destroy()
    const seen = { seconds, why: errorCode(error) ?? String(error) }
    return { step: probeStep(tlsCode(error), performance.now() - start, seen), socket: undefined }
  }
}

/** What a refusal of our certificate may take, where nothing says before that it was taken. */
const LATE_ALERT_MILLISECONDS = 3_000

/** OpenSSL's words for an answer that is no TLS record. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNEXPECTED_MESSAGE',
])

function tlsCode(error: unknown): 'TLS_SILENT' | 'TLS_NOT_SPOKEN' | 'TLS_REFUSED' {
  if (error instanceof StepTimeout) return 'TLS_SILENT'
  return NO_TLS.has(errorCode(error) ?? '') ? 'TLS_NOT_SPOKEN' : 'TLS_REFUSED'
}

function handshake(
  host: string,
  socket: Socket,
  own: OwnClientCertificate | undefined,
  limits: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<TLSSocket> {
  const { seconds, signal: stop } = limits
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Seen and compared, not trusted: nothing but HEAD is sent over it.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ...own,
    })
    stop.addEventListener('abort', () => secure.destroy(), { once: true })
    secure.once('error', reject)
    secure.once('close', () => reject(new Error('it was closed')))
    secure.once('secureConnect', () => {
      // In TLS 1.3 a server judges our certificate after our side has finished (RFC 8446 §2); a
      // ticket, which most give, comes after that (§4.6.1).
      const mayBeRefused = own !== undefined && secure.getProtocol() === 'TLSv1.3'
      const wait = mayBeRefused ? Math.min(LATE_ALERT_MILLISECONDS, seconds * 500) : 0
      const agreed = (): void => {
        clearTimeout(timer)
        secure.off('error', reject)
        secure.on('error', () => {})
        resolve(secure)
      }
      const timer = setTimeout(agreed, wait)
      if (mayBeRefused) secure.once('session', agreed)
    })
  })
}

/**
 * The certificate that came, compared with the registered ones.
 * @param now milliseconds UTC, business time
 */
export function judgeCertificate(
  { protocol, certificates }: ConnectionDocument,
  { host }: ProbeTarget,
  socket: TLSSocket,
  now: number,
): ProbeStep {
  const start = performance.now()
  const answer = (...[code, seen]: [Parameters<typeof probeStep>[0], Record<string, string>?]) =>
    probeStep(code, performance.now() - start, seen)
  const shown = socket.getPeerX509Certificate()
  if (shown === undefined) return answer('CERTIFICATE_NONE')
  const certificate = new X509Certificate(shown.raw)
  const seen = certificateSha256(certificate)
  const subject = certificate.subject.replaceAll('\n', ', ')
  const [from, to] = [certificate.validFromDate, certificate.validToDate]
  if (now < from.getTime() || now > to.getTime()) {
    return answer('CERTIFICATE_NOT_IN_TIME', { subject, from: day(from), to: day(to) })
  }
  const registered = certificates.filter((one) => one.part === 'server')
  if (registered.some((one) => one.sha256 === seen)) {
    return answer('CERTIFICATE_REGISTERED', { subject })
  }
  const key = spkiSha256(certificate.publicKey)
  if (registered.some((one) => one.spkiSha256 === key)) {
    return answer('CERTIFICATE_SAME_KEY', { subject, seen })
  }
  if (protocol !== 'as2') return answer('CERTIFICATE_OTHER', { subject, seen })
  const holds = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return holds === undefined
    ? answer('CERTIFICATE_NAME', { subject, host })
    : answer('CERTIFICATE_OF_WEB', { subject })
}

const day = (date: Date): string => date.toISOString().slice(0, 10)
