import { z } from 'zod'

/** Where a partner sends to and what it is called there, as `connection.json` of its folder keeps it. */

const applicationCode = z.string().regex(/^[A-Z0-9]{6}$/)
const host = z.string().min(1)
const port = z.int().min(1).max(65_535)
/** Where the partner itself is called, on its own machine; port 0 = any free one. */
const ownListener = z.object({ host: host.default('127.0.0.1'), port: port.or(z.literal(0)) })

const sftpAddressSchema = z.object({
  protocol: z.literal('sftp').default('sftp'),
  applicationCode,
  host,
  port,
})

const as2AddressSchema = z.object({
  protocol: z.literal('as2'),
  applicationCode,
  /** Where the gateway takes messages. */
  url: z.url({ protocol: /^https?$/ }),
  /** AS2-From of the partner, AS2-To of the gateway. */
  ownId: z.string().min(1).max(128),
  gatewayId: z.string().min(1).max(128),
  /** Where the gateway brings its return flows, as the form says it, and where to listen for them. */
  ownUrl: z.url({ protocol: /^https?$/ }).exactOptional(),
  listener: ownListener.exactOptional(),
})

const pesitAddressSchema = z.object({
  protocol: z.literal('pesit'),
  applicationCode,
  host,
  port,
  isTls: z.boolean().default(true),
  /** PI 3 of the partner and PI 4 of the gateway when the partner calls. */
  ownId: z.string().min(1).max(24),
  gatewayId: z.string().min(1).max(24),
  listener: ownListener.exactOptional(),
})

const partnerAddressSchema = z.union([sftpAddressSchema, as2AddressSchema, pesitAddressSchema])

export type SftpAddress = Readonly<z.output<typeof sftpAddressSchema>>
export type As2Address = Readonly<z.output<typeof as2AddressSchema>>
export type PesitAddress = Readonly<z.output<typeof pesitAddressSchema>>
export type PartnerAddress = SftpAddress | As2Address | PesitAddress

/** What each protocol wants in the file, for the message about one that lacks something. */
const WANTED: Readonly<Record<PartnerAddress['protocol'], string>> = {
  sftp: 'applicationCode, host and port',
  as2: 'applicationCode, url, ownId and gatewayId',
  pesit: 'applicationCode, host, port, ownId and gatewayId',
}

/** Reads `connection.json`. @returns what it wants when something is missing or wrong */
export function parsePartnerAddress(text: string): PartnerAddress | { readonly wants: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { wants: WANTED.sftp }
  }
  const parsed = partnerAddressSchema.safeParse(value)
  return parsed.success ? parsed.data : { wants: WANTED[protocolOf(value)] }
}

function protocolOf(value: unknown): PartnerAddress['protocol'] {
  const protocol =
    typeof value === 'object' && value !== null && 'protocol' in value ? value.protocol : undefined
  return protocol === 'as2' || protocol === 'pesit' ? protocol : 'sftp'
}
