import type { As2Credential, Authenticate } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import type { Connection } from './connection.ts'
import type { ConnectionDirectory } from './directory.ts'

type Answer = ReturnType<Authenticate>

/**
 * Which AS2 connection a message says it comes over, by the exact decoded AS2-From and AS2-To. It
 * proves nothing yet: the signature, by a certificate of this connection, does. Where several call
 * themselves alike, all that are open are named, the oldest first: the certificate tells them apart.
 */
export function authenticateAs2(
  credential: As2Credential,
  directory: ConnectionDirectory,
  clock: Clock,
): Answer {
  const now = clock.now()
  const named = credential.as2From.flatMap((name) => directory.findByAs2Id(name))
  const addressed = named.filter(({ as2 }) => credential.as2To.includes(as2!.ownId))
  const open = addressed.filter((connection) => connection.closedBecause(now) === undefined)
  const [connection, ...others] = open.filter(({ addresses }) =>
    addresses.includes(credential.peerAddress),
  )
  if (connection !== undefined) {
    return { outcome: 'accepted', connection, ...(others.length === 0 ? {} : { others }) }
  }
  const [nearest] = [...open, ...addressed, ...named]
  if (nearest === undefined) return unknownName(credential, directory)
  return refused(...whyNot(credential, nearest, now))
}

function whyNot(
  { as2To, peerAddress }: As2Credential,
  nearest: Connection,
  now: number,
): [reason: string, nearest: Connection, differs: string] {
  const { ownId } = nearest.as2!
  if (!as2To.includes(ownId)) {
    return [`AS2-To is not ${ownId}`, nearest, `AS2-To: ${shown(as2To)}, not ${ownId}`]
  }
  const closed = nearest.closedBecause(now)
  if (closed !== undefined) return [closed, nearest, closed]
  const reason = `the connection is not used from ${peerAddress}`
  return [reason, nearest, `the address: ${peerAddress}`]
}

/** Nobody calls itself so; perhaps it meant its application code, or wrote its name in another case. */
function unknownName({ as2From }: As2Credential, directory: ConnectionDirectory): Answer {
  const reason = 'no connection has this AS2-From'
  for (const name of as2From) {
    const code = name.trim().toUpperCase()
    const meant = directory.findByApplicationCode(code)
    const others = [name.toLowerCase(), code].flatMap((one) => directory.findByAs2Id(one))
    const nearest = others[0] ?? (meant?.as2 === undefined ? undefined : meant)
    if (nearest !== undefined) {
      const differs = `AS2-From: ${shown(as2From)}, not ${nearest.as2!.partnerId}`
      return refused(reason, nearest, differs)
    }
  }
  return { outcome: 'refused', reason }
}

function refused(reason: string, nearest: Connection, differs: string): Answer {
  return { outcome: 'refused', reason, nearest: { connectionId: nearest.id, differs } }
}

const shown = (readings: readonly string[]): string => JSON.stringify(readings[0] ?? '')
