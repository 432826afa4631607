import { X509Certificate } from 'node:crypto'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { isIP } from 'node:net'
import { sha256 } from '../../certs/fingerprint.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { BilingualText } from '../../gateway/flow.ts'
import type { PartnerCertificate } from '../partner-certificate.ts'
import { PostError } from './post-error.ts'

/** What the certificate of a partner's https server has to be. */
export interface ServerCertificateCheck {
  readonly mode: Exclude<As2Policy['tlsServerCertificate'], 'unchecked'>
  /** Of the connection: one of them is trusted whoever issued it. */
  readonly registered: readonly Pick<
    PartnerCertificate,
    'part' | 'sha256' | 'notBefore' | 'notAfter'
  >[]
  /** Business time, milliseconds UTC. */
  readonly now: number
}

export type ServerCertificateFault =
  | 'none'
  | 'not-in-time'
  | 'not-registered'
  | 'untrusted'
  | 'name'

/** By fault: a word for lists, what it means, and what to do. */
export const SERVER_CERTIFICATE_FAULTS: Readonly<
  Record<
    ServerCertificateFault,
    { readonly code: string; readonly message: BilingualText; readonly remedy: BilingualText }
  >
> = {
  none: {
    code: 'TLS_CERTIFICATE_NONE',
    message: {
      en: 'The partner’s https server showed no certificate.',
      fr: 'Le serveur https du partenaire n’a présenté aucun certificat.',
    },
    remedy: {
      en: 'The partner gives its server a certificate.',
      fr: 'Le partenaire installe un certificat sur son serveur.',
    },
  },
  'not-in-time': {
    code: 'TLS_CERTIFICATE_NOT_IN_TIME',
    message: {
      en: 'The certificate of the partner’s https server has expired, or is not valid yet.',
      fr: 'Le certificat du serveur https du partenaire a expiré ou n’est pas encore valable.',
    },
    remedy: {
      en: 'The partner renews it; if it is registered on the connection, the new one is given in the form.',
      fr: 'Le partenaire le renouvelle ; s’il est déposé sur le raccordement, le nouveau est donné dans le formulaire.',
    },
  },
  'not-registered': {
    code: 'TLS_CERTIFICATE_OTHER',
    message: {
      en: 'The partner’s https server shows another certificate than those registered on the connection.',
      fr: 'Le serveur https du partenaire présente un autre certificat que ceux du raccordement.',
    },
    remedy: {
      en: 'Ask the partner whether it changed, and register it; or set as2.tlsServerCertificate of the connection to checked.',
      fr: 'Demandez au partenaire s’il a changé et déposez-le ; ou mettez as2.tlsServerCertificate du raccordement à checked.',
    },
  },
  untrusted: {
    code: 'TLS_CERTIFICATE_UNTRUSTED',
    message: {
      en: 'The certificate of the partner’s https server is neither registered on the connection nor issued by a known authority.',
      fr: 'Le certificat du serveur https du partenaire n’est ni déposé sur le raccordement ni émis par une autorité connue.',
    },
    remedy: {
      en: 'Put the root of its authority into certs.trustFolder, register the certificate on the connection, or set as2.tlsServerCertificate of the connection to unchecked: messages are signed and encrypted themselves.',
      fr: 'Mettez la racine de son autorité dans certs.trustFolder, déposez le certificat sur le raccordement, ou mettez as2.tlsServerCertificate du raccordement à unchecked : les messages sont eux-mêmes signés et chiffrés.',
    },
  },
  name: {
    code: 'TLS_CERTIFICATE_NAME',
    message: {
      en: 'The certificate of the partner’s https server is for another name than the URL’s.',
      fr: 'Le certificat du serveur https du partenaire porte un autre nom que celui de l’URL.',
    },
    remedy: {
      en: 'Correct the URL of the form, or the partner has a certificate issued for that name.',
      fr: 'Corrigez l’URL du formulaire, ou le partenaire fait établir un certificat à ce nom.',
    },
  },
}

/** The server of a partner is not who it should be: nothing was sent to it. */
export class ServerCertificateError extends PostError {
  readonly fault: ServerCertificateFault
  /** What it showed. */
  readonly shown: Readonly<Record<string, string>>

  constructor(fault: ServerCertificateFault, shown: Readonly<Record<string, string>>) {
    const { message, remedy } = SERVER_CERTIFICATE_FAULTS[fault]
    // Somebody changes that: tried again.
    super('refused', `${message.en} ${remedy.en}`, { isTransient: true })
    this.fault = fault
    this.shown = shown
  }
}

/**
 * Connects and looks at the certificate before anything is sent. One that is registered is trusted
 * by itself; any other has to come from a known authority, for this name.
 * @param host of the URL
 * @throws ServerCertificateError, and what `connect` emits
 */
export async function connectChecked(
  options: ConnectionOptions,
  host: string,
  check: ServerCertificateCheck,
  { milliseconds, signal }: { readonly milliseconds: number; readonly signal?: AbortSignal },
): Promise<TLSSocket> {
  // Chain and name are told apart below.
  const socket = connect({
    ...options,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  })
  const timeout = AbortSignal.timeout(milliseconds)
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('The connection was closed')))
      const stop = (): void => reject(either.reason as Error)
      either.addEventListener('abort', stop, { once: true })
      if (either.aborted) stop()
    })
    const raw = socket.getPeerX509Certificate()?.raw
    const certificate = raw === undefined ? undefined : new X509Certificate(raw)
    const fault = faultOf(certificate, socket.authorized, host, check)
    if (fault !== undefined) throw new ServerCertificateError(fault, shownBy(certificate))
    return socket
  } catch (error) {
    socket.destroy()
    if (!timeout.aborted) throw error
    const why = `${host} did not finish the TLS handshake in ${milliseconds / 1_000} s`
    throw new PostError('timed-out', why, { isTransient: true, cause: error })
  }
}

function faultOf(
  certificate: X509Certificate | undefined,
  isFromAuthority: boolean,
  host: string,
  { mode, registered, now }: ServerCertificateCheck,
): ServerCertificateFault | undefined {
  if (certificate === undefined) return 'none'
  const isInTime =
    certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime()
  if (!isInTime) return 'not-in-time'
  const fingerprint = sha256(certificate.raw)
  const own = registered.find((one) => one.part === 'server' && one.sha256 === fingerprint)
  if (own !== undefined) return now <= own.notAfter ? undefined : 'not-in-time'
  if (mode === 'registered') return 'not-registered'
  if (!isFromAuthority) return 'untrusted'
  const holds = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return holds === undefined ? 'name' : undefined
}

function shownBy(certificate: X509Certificate | undefined): Readonly<Record<string, string>> {
  if (certificate === undefined) return {}
  const { subject, issuer, raw, validToDate } = certificate
  const line = (name: string): string => name.replaceAll('\n', ', ').slice(0, 300)
  return {
    tlsSubject: line(subject),
    tlsIssuer: line(issuer),
    tlsSha256: sha256(raw),
    tlsUntil: validToDate.toISOString(),
  }
}
