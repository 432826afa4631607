import type { CertificatePart } from '../../certs/certificate-checks.ts'
import type { LeafPurpose } from '../../certs/authority.ts'
import type { KeyKind } from '../../certs/key-pair.ts'
import type { ProtocolName } from '../flow.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** What a partner registers, by protocol (reference chorus-pro-edi §5.1). */
export const CERTIFICATE_PARTS: Readonly<
  Record<ProtocolName, readonly { readonly part: CertificatePart; readonly purpose: LeafPurpose }[]>
> = {
  sftp: [{ part: 'client', purpose: 'client' }],
  as2: [{ part: 'server', purpose: 'as2' }],
  pesit: [
    { part: 'client', purpose: 'client' },
    { part: 'server', purpose: 'server' },
  ],
}

/** Of `--for`, or another option. @throws CommandFailure usage */
export function protocolOption(text: string, option = '--for'): ProtocolName {
  if (text === 'sftp' || text === 'as2' || text === 'pesit') return text
  throw new CommandFailure(
    EXIT.usage,
    `${option} ${text} is not known.`,
    `Use ${option} sftp, ${option} as2 or ${option} pesit.`,
  )
}

const KEYS: Readonly<Record<string, KeyKind>> = {
  'rsa:2048': { type: 'rsa', bits: 2_048 },
  'rsa:3072': { type: 'rsa', bits: 3_072 },
  'rsa:4096': { type: 'rsa', bits: 4_096 },
  'ec:P-256': { type: 'ec', curve: 'P-256' },
  'ec:P-384': { type: 'ec', curve: 'P-384' },
  'ec:P-521': { type: 'ec', curve: 'P-521' },
  ed25519: { type: 'ed25519' },
}

export const KEY_NAMES = Object.keys(KEYS).join(', ')

/** Of `--key`. @throws CommandFailure usage: unknown, or not for this protocol */
export function keyOption(text: string, protocol: ProtocolName): KeyKind {
  const key = KEYS[text]
  if (key === undefined) {
    throw new CommandFailure(EXIT.usage, `--key ${text} is not known.`, `Use one of ${KEY_NAMES}.`)
  }
  if (key.type === 'ed25519' && protocol !== 'sftp') {
    throw new CommandFailure(
      EXIT.usage,
      `${protocol} has no use for an Ed25519 key.`,
      'Use --key rsa:3072 or --key ec:P-256.',
    )
  }
  return key
}
