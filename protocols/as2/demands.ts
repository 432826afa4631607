import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import { hashRow } from './cms/algorithms.ts'
import { MessageFault } from './message-fault.ts'
import type { MessageFacts } from './message-reader.ts'

/**
 * What a connection demands and a message lacks, once it has been read whole.
 * @returns undefined when it lacks nothing
 */
export function unmetDemand(facts: MessageFacts, policy: As2Policy): MessageFault | undefined {
  const { layers, envelope, signature } = facts
  if (policy.signature === 'required' && signature === undefined) return weak('It is not signed')
  if (policy.encryption === 'required' && envelope === undefined) return weak('It is not encrypted')
  if (policy.compression === 'refuse' && layers.includes('compressed')) {
    return new MessageFault('unsupported', 'It is compressed, which this connection refuses')
  }
  const accepted = weakAlgorithms(facts)
  const refused = accepted.find((name) => !isIn(policy.legacy, name))
  if (refused !== undefined) return weak(`It uses ${refused}, which is not allowed here`)
  const { ciphers, hashes } = policy
  const cipher = envelope?.cipher.name
  if (cipher !== undefined && !isIn(accepted, cipher) && !isIn(ciphers, cipher)) {
    return weak(`It is encrypted with ${cipher}, not ${ciphers.join(', ')}`)
  }
  const hash = signature?.hash
  if (hash !== undefined && !isIn(accepted, hash) && !isIn(hashes, hash)) {
    return weak(`It is signed with ${hash}, not ${hashes.join(', ')}`)
  }
  return undefined
}

/** Weak algorithms that a connection of these names allows, else the reader had refused them. */
export function weakAlgorithms({ envelope, signature }: MessageFacts): readonly string[] {
  const hash = signature === undefined ? undefined : hashRow(signature.hash).legacy
  const key = signature?.certificate.key
  const isShort = key?.type.startsWith('rsa') === true && key.bits < 2_048
  return [envelope?.cipher.legacy, hash, isShort ? 'rsa-1024' : undefined].filter(
    (name) => name !== undefined,
  )
}

const isIn = (list: readonly string[], name: string): boolean => list.includes(name)

const weak = (message: string): MessageFault => new MessageFault('weak', message)
