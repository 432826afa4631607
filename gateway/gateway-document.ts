import { knownHostsLine } from '../certs/known-hosts.ts'
import type { Clock } from './clock.ts'
import type { BilingualText, Environment, ProtocolName } from './flow.ts'
import type { Identity, PublishedCertificate, PublishedHostKey } from './identity.ts'
import {
  IDENTITY_STATE_LABELS,
  type CertificateKind,
  type HostKeyKind,
  type IdentityState,
} from './identity-kinds.ts'

/** AS2 identifier and PeSIT server name of the gateway. [simulated] */
const GATEWAY_CODE = 'CPP001'

const NOTICE: BilingualText = {
  en: 'A simulator: it is not the state’s gateway, and what it accepts is registered nowhere.',
  fr: 'Un simulateur : ce n’est pas la passerelle de l’État, et rien de ce qu’il accepte n’est enregistré ailleurs.',
}

/** What the running program knows of itself. */
export interface GatewayFacts {
  readonly version: string
  readonly environment: Environment
  /** Setting `publicHost`; empty when none is set. */
  readonly publicHost: string
  readonly listeners: readonly {
    readonly protocol: ProtocolName
    readonly host: string
    readonly port: number
    /** Of one that speaks HTTP. */
    readonly url?: { readonly scheme: 'http' | 'https'; readonly path: string }
  }[]
  readonly apiUrl: string | null
}

/** What everybody may know of the gateway: where it is, and by which keys to recognise it. */
export interface GatewayDocument {
  readonly name: 'Raccord'
  readonly version: string
  readonly environment: Environment
  readonly simulated: true
  readonly notice: BilingualText
  /** Business time, ISO 8601 UTC. */
  readonly time: string
  readonly sftp: {
    readonly address: GatewayAddress | null
    readonly hostKeys: readonly HostKeyDocument[]
  }
  readonly as2: {
    readonly address: GatewayAddress | null
    /** Where messages are posted to, the first one first. */
    readonly urls: readonly string[]
    readonly identifier: string
    readonly certificates: readonly OwnCertificateDocument[]
  }
  readonly pesit: {
    readonly address: GatewayAddress | null
    readonly identifier: string
    /** Shown to partners who call, and when the gateway calls. */
    readonly server: readonly OwnCertificateDocument[]
    readonly client: readonly OwnCertificateDocument[]
  }
  readonly api: {
    readonly url: string | null
    readonly certificates: readonly OwnCertificateDocument[]
  }
  /** Signs the certificates above, and nobody else's. */
  readonly authority: { readonly rootPem: string; readonly intermediatePem: string }
}

/** As partners are told. */
export interface GatewayAddress {
  readonly host: string
  readonly port: number
}

/** One host key. Partners should know all that are listed. */
export interface HostKeyDocument {
  readonly kind: HostKeyKind
  readonly algorithm: string
  readonly publicKey: string
  readonly fingerprint: string
  /** Line for known_hosts; null while nothing listens. */
  readonly knownHosts: string | null
  readonly state: IdentityState
  readonly stateLabel: BilingualText
  readonly usedFrom: string
}

export interface OwnCertificateDocument {
  readonly kind: CertificateKind
  readonly state: IdentityState
  readonly stateLabel: BilingualText
  readonly usedFrom: string
  readonly notBefore: string
  readonly notAfter: string
  readonly subject: string
  readonly serial: string
  readonly sha256: string
  readonly pem: string
  readonly chainPem: readonly string[]
}

/** Writes the document; keys that nothing needed yet are made first. */
export async function gatewayDocument(
  facts: GatewayFacts,
  identity: Identity,
  clock: Clock,
): Promise<GatewayDocument> {
  const addressOf = (protocol: ProtocolName): GatewayAddress | null => {
    const listener = facts.listeners.find((one) => one.protocol === protocol)
    return listener === undefined
      ? null
      : { host: publicHost(facts.publicHost, listener.host), port: listener.port }
  }
  const authority = await identity.ownAuthority()
  const [as2, server, client, api] = await Promise.all(
    (['as2', 'pesit-server', 'pesit-client', 'api-tls'] as const).map(async (kind) =>
      (await identity.certificates(kind)).map(certificateDocument),
    ),
  )
  const sftp = addressOf('sftp')
  return {
    name: 'Raccord',
    version: facts.version,
    environment: facts.environment,
    simulated: true,
    notice: NOTICE,
    time: new Date(clock.now()).toISOString(),
    sftp: {
      address: sftp,
      hostKeys: identity.publishedHostKeys().map((key) => hostKeyDocument(key, sftp)),
    },
    as2: {
      address: addressOf('as2'),
      urls: urlsOf(facts, 'as2'),
      identifier: GATEWAY_CODE,
      certificates: as2 ?? [],
    },
    pesit: {
      address: addressOf('pesit'),
      identifier: GATEWAY_CODE,
      server: server ?? [],
      client: client ?? [],
    },
    api: { url: facts.apiUrl, certificates: api ?? [] },
    authority,
  }
}

function urlsOf(facts: GatewayFacts, protocol: ProtocolName): readonly string[] {
  return facts.listeners.flatMap(({ protocol: spoken, host, port, url }) => {
    if (spoken !== protocol || url === undefined) return []
    const name = publicHost(facts.publicHost, host)
    const written = name.includes(':') ? `[${name}]` : name
    return [`${url.scheme}://${written}:${port}${url.path}`]
  })
}

/** What partners are told: the public name, else where it listens, else this machine. */
export function publicHost(name: string, listensOn: string): string {
  if (name !== '') return name
  return listensOn === '0.0.0.0' || listensOn === '::' ? '127.0.0.1' : listensOn
}

function hostKeyDocument(key: PublishedHostKey, address: GatewayAddress | null): HostKeyDocument {
  return {
    kind: key.kind,
    algorithm: key.algorithm,
    publicKey: key.publicLine,
    fingerprint: key.fingerprint,
    knownHosts: address && knownHostsLine(address.host, address.port, key.publicLine),
    state: key.state,
    stateLabel: IDENTITY_STATE_LABELS[key.state],
    usedFrom: new Date(key.usedFrom).toISOString(),
  }
}

function certificateDocument(certificate: PublishedCertificate): OwnCertificateDocument {
  const { kind, state, subject, serial, sha256, certificatePem, chainPem } = certificate
  return {
    kind,
    state,
    stateLabel: IDENTITY_STATE_LABELS[state],
    usedFrom: new Date(certificate.usedFrom).toISOString(),
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    subject,
    serial,
    sha256,
    pem: certificatePem,
    chainPem,
  }
}
