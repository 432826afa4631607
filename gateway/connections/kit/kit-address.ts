import type { PartnerAddress } from '../../partner-address.ts'
import type { KitFacts } from './kit-facts.ts'
import { as2Names } from './products/as2-names.ts'
import { pesitNames } from './products/pesit-names.ts'

/** Where a partner sends to and what both sides are called: `connection.json` of its folder. */
export function kitAddress(facts: KitFacts): PartnerAddress {
  const { protocol, applicationCode, address, form } = facts
  switch (protocol) {
    case 'sftp':
      return { protocol, applicationCode, ...address }
    case 'as2': {
      const { own, gateway, url } = as2Names(facts)
      const ownUrl = URL.parse(form.network?.as2?.url ?? '')
      return {
        protocol,
        applicationCode,
        url,
        ownId: own,
        gatewayId: gateway,
        ...(ownUrl === null || !/^https?:$/.test(ownUrl.protocol)
          ? {}
          : { ownUrl: ownUrl.href, listener: { host: EVERYWHERE, port: portOf(ownUrl) } }),
      }
    }
    case 'pesit': {
      const { own, gateway } = pesitNames(facts)
      const ownPort = form.network?.pesit?.port
      return {
        protocol,
        applicationCode,
        ...address,
        isTls: true,
        ownId: own,
        gatewayId: gateway,
        ...(ownPort === undefined ? {} : { listener: { host: EVERYWHERE, port: ownPort } }),
      }
    }
  }
}

/** The gateway may be on another machine; what comes is proved by its certificate or signature. */
const EVERYWHERE = '0.0.0.0'

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
