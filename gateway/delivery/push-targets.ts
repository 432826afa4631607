import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { CertificatesOf } from '../../protocols/partner-certificate.ts'
import type { PushTarget } from '../../protocols/return-flow-sender.ts'
import type { Connection } from '../connections/connection.ts'
import type { ConnectionForm } from '../connections/form.ts'
import { errorCode } from '../durable-files.ts'
import type { Journal } from '../journal/journal.ts'
import { AttemptFault } from './delivery-failure.ts'

/** Where partners are called, out of their forms in force. */
export type TargetOf = (connection: Connection, signal: AbortSignal) => Promise<PushTarget>

export interface TargetOptions {
  readonly journal: Journal
  readonly certificatesOf: CertificatesOf
  readonly isCallable: (address: string) => boolean
}

/** What the form says, before a name is looked up. */
type Place =
  | { readonly protocol: 'as2'; readonly url: string; readonly as2Id: string }
  | {
      readonly protocol: 'pesit'
      readonly requesterId: string | undefined
      readonly serverId: string | undefined
    }

const HTTP_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
/** No partner has more; what a hostile name server adds is not tried. */
const MAX_ADDRESSES = 4

/**
 * Reads the form in force from the journal (nothing of it is kept in memory), looks its name up and
 * checks every address: what is checked is what is called, a name that changes meanwhile reaches
 * nothing else.
 * @throws AttemptFault NO_ADDRESS, NAME_UNKNOWN or ADDRESS_REFUSED
 */
export function createTargetOf({ journal, certificatesOf, isCallable }: TargetOptions): TargetOf {
  return async (connection, signal) => {
    const form = await formOf(journal, connection)
    const said = placeOf(connection, form)
    if (said === undefined) throw noAddress()
    const addresses = await resolve(said.host, isCallable, signal)
    const { host, port, place } = said
    const certificates = await certificatesOf(connection.id)
    return { ...place, host, port, addresses, certificates, overrides: connection.overrides }
  }
}

async function formOf(journal: Journal, { id }: Connection): Promise<ConnectionForm> {
  const [row] = await journal.read(
    journal.db
      .selectFrom('connections')
      .select(({ fn }) => fn.coalesce('running_json', 'form_json').as('form_json'))
      .where('id', '=', id),
  )
  return row === undefined ? {} : (JSON.parse(row.form_json) as ConnectionForm)
}

function placeOf(
  { protocol }: Connection,
  { network }: ConnectionForm,
): { readonly host: string; readonly port: number; readonly place: Place } | undefined {
  switch (protocol) {
    case 'sftp':
      return undefined
    case 'as2': {
      const url = URL.parse(network?.as2?.url?.trim() ?? '')
      const as2Id = network?.as2?.as2Id
      const usualPort = url === null ? undefined : HTTP_PORTS[url.protocol]
      if (url === null || usualPort === undefined || as2Id === undefined) return undefined
      return {
        host: url.hostname.replaceAll(/^\[|\]$/g, ''),
        port: url.port === '' ? usualPort : Number(url.port),
        place: { protocol, url: url.href, as2Id },
      }
    }
    case 'pesit': {
      const { host, port, requesterId, serverId } = network?.pesit ?? {}
      if (host === undefined || host.trim() === '' || port === undefined) return undefined
      return { host: host.trim(), port, place: { protocol, requesterId, serverId } }
    }
  }
}

async function resolve(
  host: string,
  isCallable: (address: string) => boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = isIP(host) === 0 ? await addressesOf(host, signal) : [host]
  const refused = found.find((address) => !isCallable(address))
  if (refused !== undefined) throw addressRefused(refused)
  return found.slice(0, MAX_ADDRESSES)
}

async function addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const aborted = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true })
    const found = await Promise.race([lookup(host, { all: true }), aborted.promise])
    return found.map(({ address }) => address)
  } catch (cause) {
    throw new AttemptFault({
      code: 'NAME_UNKNOWN',
      retry: true,
      isUnreachable: true,
      message: {
        en: `The name ${host} is not known (${errorCode(cause) ?? 'no answer'}).`,
        fr: `Le nom ${host} est inconnu (${errorCode(cause) ?? 'pas de réponse'}).`,
      },
      cause,
    })
  }
}

function noAddress(): AttemptFault {
  return new AttemptFault({
    code: 'NO_ADDRESS',
    retry: true,
    message: {
      en: 'The form does not say where the partner is called.',
      fr: 'Le formulaire ne dit pas où joindre le partenaire.',
    },
  })
}

function addressRefused(address: string): AttemptFault {
  return new AttemptFault({
    code: 'ADDRESS_REFUSED',
    retry: true,
    isUnreachable: true,
    message: {
      en: `${address} is not called: it is an address of this machine or its network (delivery.privateAddresses, delivery.allowedNetworks).`,
      fr: `${address} n’est pas appelée : adresse de cette machine ou de son réseau (delivery.privateAddresses, delivery.allowedNetworks).`,
    },
  })
}
