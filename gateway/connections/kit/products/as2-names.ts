import { hostAndPort } from '../kit-product.ts'
import type { KitFacts } from '../kit-facts.ts'

/** Identifiers and addresses of both sides of an AS2 connection. */
export interface As2Names {
  readonly own: string
  readonly gateway: string
  /** Where the gateway takes messages. */
  readonly url: string
  /** Where the partner does. */
  readonly ownUrl: string
  readonly email: string
}

/** What the form leaves open is said in capitals, for the partner to fill in. */
export function as2Names({ form, applicationCode, gatewayCode, address }: KitFacts): As2Names {
  const network = form.network?.as2
  return {
    own: network?.as2Id ?? applicationCode,
    gateway: gatewayCode,
    url: `http://${hostAndPort(address)}/as2`,
    ownUrl: network?.url ?? 'YOUR-AS2-URL',
    email: form.contact?.email ?? 'YOUR-ADDRESS',
  }
}
