import type { PartnerAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { OpenTransport, PartnerTransport, TransportOptions } from './partner-transport.ts'

type AddressOf<Protocol extends PartnerAddress['protocol']> = Extract<
  PartnerAddress,
  { readonly protocol: Protocol }
>

/** One line a protocol that `raccord send` speaks; each is loaded when it is used. */
const TRANSPORTS: {
  readonly [Protocol in PartnerAddress['protocol']]?: () => Promise<
    OpenTransport<AddressOf<Protocol>>
  >
} = {
  sftp: async () => (await import('./send-via-sftp.ts')).openSftpTransport,
  as2: async () => (await import('./send-via-as2.ts')).openAs2Transport,
  pesit: async () => (await import('./send-via-pesit.ts')).openPesitTransport,
}

/**
 * Opens the partner's own way to the gateway.
 * @throws CommandFailure usage for a protocol that `send` does not speak, else what the way meets
 */
export async function openTransport(
  partner: PartnerFolder,
  options: TransportOptions,
): Promise<PartnerTransport> {
  const { protocol } = partner.address
  const load = TRANSPORTS[protocol]
  if (load === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      `raccord send does not speak ${protocol}.`,
      `It speaks ${Object.keys(TRANSPORTS).join(', ')}.`,
    )
  }
  // The table gives to each protocol the transport of its own address.
  return ((await load()) as OpenTransport<PartnerAddress>)(partner, options)
}
