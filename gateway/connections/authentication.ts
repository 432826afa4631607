import { timingSafeEqual } from 'node:crypto'
import type { Authenticate, SftpCredential } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import { authenticateAs2 } from './authenticate-as2.ts'
import { authenticatePesit } from './authenticate-pesit.ts'
import type { Connection } from './connection.ts'
import type { ConnectionDirectory } from './directory.ts'

type Refusal = Extract<ReturnType<Authenticate>, { readonly outcome: 'refused' }>

/** Compared with where there is no key to compare with, so that the same work is done. */
const NO_KEY = '0'.repeat(64)

/** Of a list of addresses, in a reason. */
const MAX_NAMED_ADDRESSES = 5

/** Says whose credential this is, out of memory. */
export function createAuthenticate(directory: ConnectionDirectory, clock: Clock): Authenticate {
  const sftp = createAuthenticateSftp(directory, clock)
  return (credential) => {
    switch (credential.protocol) {
      case 'sftp':
        return sftp(credential)
      case 'as2':
        return authenticateAs2(credential, directory, clock)
      case 'pesit':
        return authenticatePesit(directory, clock, credential)
    }
  }
}

/**
 * A partner is who its registered certificate says: the key decides, the user name only says which
 * key to compare with.
 */
function createAuthenticateSftp(directory: ConnectionDirectory, clock: Clock) {
  return (credential: SftpCredential): ReturnType<Authenticate> => {
    const named = directory.findByApplicationCode(credential.user)
    const now = clock.now()
    const isItsKey = keysOf(named, now).some((key) => isSameHash(key, credential.spkiSha256))
    const closed = named?.closedBecause(now)
    const isItsAddress = named?.addresses.includes(credential.peerAddress) ?? false
    if (named === undefined) return unknownUser(directory, credential)
    if (named.protocol !== credential.protocol) {
      const differs = `the protocol: ${named.protocol}, not ${credential.protocol}`
      return refused(`the connection is made for ${named.protocol}`, named, differs)
    }
    if (!isItsKey) return wrongKey(directory, credential, named)
    if (closed !== undefined) return refused(closed, named, closed)
    if (!isItsAddress) return wrongAddress(credential, named)
    return { outcome: 'accepted', connection: named }
  }
}

/**
 * The keys it is known by at this moment. Where no certificate is in its time, those of all: then
 * the connection is closed, which is the better reason to give to ops.
 */
function keysOf(named: Connection | undefined, now: number): readonly string[] {
  const current = named?.certificatesAt(now) ?? []
  const known = current.length > 0 ? current : (named?.certificates ?? [])
  const keys = known.filter((one) => one.part === 'client').map((one) => one.spkiSha256)
  return keys.length > 0 ? keys : [NO_KEY]
}

function unknownUser(directory: ConnectionDirectory, credential: SftpCredential): Refusal {
  const reason = 'no connection has this application code'
  const [holder] = directory.findByKey(credential.spkiSha256)
  if (holder !== undefined) {
    const differs = `the user name: the key is that of ${holder.applicationCode}`
    return refused(`${reason}, but the key is known`, holder, differs)
  }
  const meant = directory.findByApplicationCode(credential.user.trim().toUpperCase())
  if (meant === undefined) return refused(reason)
  return refused(reason, meant, `user name and key: the code is ${meant.applicationCode}`)
}

function wrongKey(
  directory: ConnectionDirectory,
  credential: SftpCredential,
  named: Connection,
): Refusal {
  const holders = directory.findByKey(credential.spkiSha256)
  if (holders.includes(named)) {
    const differs = 'the key: it is that of a certificate outside its time'
    return refused('the key is that of a certificate that is over or not begun', named, differs)
  }
  const [holder] = holders
  if (holder !== undefined) {
    const differs = `the user name: the key is that of ${holder.applicationCode}`
    return refused('the key is that of another connection', holder, differs)
  }
  return refused('the key is not that of the registered certificate', named, 'the key')
}

function wrongAddress(credential: SftpCredential, named: Connection): Refusal {
  const { entries } = named.addresses
  const some = entries.slice(0, MAX_NAMED_ADDRESSES).join(', ')
  const list = entries.length > MAX_NAMED_ADDRESSES ? `${some}, …` : some
  const reason = `the connection is used from ${list} only, not from ${credential.peerAddress}`
  return refused(reason, named, `the address: ${credential.peerAddress}`)
}

function refused(reason: string, nearest?: Connection, differs = ''): Refusal {
  return nearest === undefined
    ? { outcome: 'refused', reason }
    : { outcome: 'refused', reason, nearest: { connectionId: nearest.id, differs } }
}

function isSameHash(registered: string, offered: string): boolean {
  const [left, right] = [Buffer.from(registered, 'hex'), Buffer.from(offered, 'hex')]
  return left.length === right.length && timingSafeEqual(left, right) && registered !== NO_KEY
}
