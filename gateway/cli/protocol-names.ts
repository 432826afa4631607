import type { ProtocolName } from '../flow.ts'

/** As people write them. */
export const PROTOCOL_NAMES: Readonly<Record<ProtocolName, string>> = {
  sftp: 'SFTP',
  as2: 'AS2',
  pesit: 'PeSIT',
}
