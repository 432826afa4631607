import { lookup } from 'node:dns/promises'
import type { Config } from '../config/schema.ts'
import type { CertificatesOf } from '../protocols/partner-certificate.ts'
import { as2Policy } from './connections/as2-overrides.ts'
import type { Connections } from './connections/connections.ts'
import { callableRule } from './connections/probe/callable-addresses.ts'
import type { PostReceipt } from './delivery/receipt-outbox.ts'
import type { PartnerServerTls } from './partner-servers.ts'

export interface ReceiptPostParts {
  readonly serverTls: PartnerServerTls
  readonly certificatesOf: CertificatesOf
  readonly connections: Pick<Connections, 'find'>
}

const IDLE_MILLISECONDS = 30_000

/**
 * Posts receipts to partners: the name is looked up here, and only an address that the gateway may
 * call is called (AS2 reference §9). No redirect is followed.
 */
export function createReceiptPost(
  config: Config,
  { serverTls, certificatesOf, connections }: ReceiptPostParts,
): PostReceipt {
  const mayCall = callableRule(config.probe)
  return async ({ connectionId, url, headers, body, signal }) => {
    const { post } = await import('../protocols/as2/http-exchange.ts')
    const { hostname } = new URL(url)
    const found = await lookup(hostname.replaceAll(/[[\]]/g, ''), { all: true })
    const address = found.map((one) => one.address).find(mayCall)
    if (address === undefined) throw new Error(`${hostname} has no address that may be called`)
    const policy = as2Policy(connections.find(connectionId)?.overrides.as2)
    const answer = await post({
      url,
      address,
      headers,
      body: once(body),
      bytes: body.length,
      tls: await serverTls(policy, await certificatesOf(connectionId)),
      idleMilliseconds: IDLE_MILLISECONDS,
      signal,
    })
    // What is answered to a receipt says nothing more than its status.
    for await (const piece of answer.body) void piece
  }
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield body
}
