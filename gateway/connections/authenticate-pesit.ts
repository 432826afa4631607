import type { Authenticate, PesitCredential } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import type { Connection } from './connection.ts'
import type { ConnectionDirectory } from './directory.ts'
import { isPesitPassword } from './pesit-password.ts'

type Answer = ReturnType<Authenticate>
type Refusal = Extract<Answer, { readonly outcome: 'refused' }>

/** Of a list of addresses, in a reason. */
const MAX_NAMED_ADDRESSES = 5

/**
 * Whose CONNECT this is. Inside TLS the client certificate decides and PI 3 must be its
 * connection's: another partner's name is refused. Without TLS (this machine only) PI 3 decides.
 * The password is compared in every case, so that all refusals are the same work.
 */
export function authenticatePesit(
  directory: ConnectionDirectory,
  clock: Clock,
  credential: PesitCredential,
): Answer {
  const { requesterId, certificate, peerAddress } = credential
  const now = clock.now()
  const named = directory.findByPesitRequester(requesterId)
  const holders =
    certificate === undefined ? named : named.filter((one) => hasCertificate(one, credential, now))
  const found = holders.find((one) => one.closedBecause(now) === undefined) ?? holders[0]
  const isPasswordRight = saysPassword(credential, found)
  if (found === undefined) return stranger(directory, credential, named)
  const closed = found.closedBecause(now)
  if (certificate === undefined && holders.length > 1) {
    return refused(`several connections call themselves ${requesterId}: TLS has to tell`, found)
  }
  if (!isPasswordRight) return refused('the password (PI 5) is wrong or missing', found, 'PI 5')
  if (closed !== undefined) return refused(closed, found, closed)
  if (!found.addresses.includes(peerAddress)) return wrongAddress(found, peerAddress)
  return { outcome: 'accepted', connection: found }
}

function saysPassword({ password }: PesitCredential, found: Connection | undefined): boolean {
  const wanted = found?.pesit?.overrides.password
  return password === undefined ? wanted === undefined : isPesitPassword(password, wanted)
}

/** Accepted at `now`; where none is in its time any of them, as the connection is closed then. */
function hasCertificate(
  connection: Connection,
  { certificate }: PesitCredential,
  now: number,
): boolean {
  const current = connection.certificatesAt(now)
  const known = current.length > 0 ? current : connection.certificates
  return known.some(({ part, sha256 }) => part === 'client' && sha256 === certificate?.sha256)
}

function stranger(
  directory: ConnectionDirectory,
  { requesterId, certificate }: PesitCredential,
  named: readonly Connection[],
): Refusal {
  const [holder] = certificate === undefined ? [] : directory.findByCertificate(certificate.sha256)
  const [namesake] = named
  if (holder !== undefined && !named.includes(holder)) {
    return refused(
      `the client certificate is not that of ${requesterId} (PI 3)`,
      holder,
      `PI 3: the certificate is that of ${holder.pesit?.requesterId ?? holder.applicationCode}`,
    )
  }
  if (namesake === undefined) return refused(`no partner calls itself ${requesterId} (PI 3)`)
  if (holder !== undefined) {
    const reason = 'the certificate is outside its time, or registered for another part'
    return refused(reason, holder, 'the client certificate')
  }
  const [sameKey] = certificate === undefined ? [] : directory.findByKey(certificate.spkiSha256)
  const differs =
    sameKey === undefined
      ? 'the client certificate'
      : 'the client certificate: its key is known under another one'
  return refused('the client certificate is not the registered one', namesake, differs)
}

function wrongAddress(named: Connection, peerAddress: string): Refusal {
  const { entries } = named.addresses
  const some = entries.slice(0, MAX_NAMED_ADDRESSES).join(', ')
  const list = entries.length > MAX_NAMED_ADDRESSES ? `${some}, …` : some
  const reason = `the connection is used from ${list} only, not from ${peerAddress}`
  return refused(reason, named, `the address: ${peerAddress}`)
}

function refused(reason: string, nearest?: Connection, differs = ''): Refusal {
  return nearest === undefined
    ? { outcome: 'refused', reason }
    : { outcome: 'refused', reason, nearest: { connectionId: nearest.id, differs } }
}
