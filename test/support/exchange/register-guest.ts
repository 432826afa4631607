import type { RegistrationOrder } from '../../../gateway/connections/registration.ts'
import type { Gateway } from '../../../gateway/main.ts'
import type { ExchangeGuest } from './exchange-way.ts'

const DAY_MILLISECONDS = 86_400_000

/** Puts the connection of a guest in force. @throws Error with the reasons it was refused for */
export async function registerGuest(
  gateway: Gateway,
  { applicationCode, modes, siret }: ExchangeGuest,
  order: Pick<RegistrationOrder, 'protocol' | 'certificatePem' | 'network' | 'overrides'>,
): Promise<void> {
  const registration = await gateway.forms.register({
    ...order,
    applicationCode,
    name: applicationCode,
    modes,
    validFrom: Date.now() - DAY_MILLISECONDS,
    validUntil: Date.now() + 30 * DAY_MILLISECONDS,
    ...(siret === undefined ? {} : { siret }),
  })
  if (registration.outcome === 'refused') throw new Error(JSON.stringify(registration.reasons))
}

/** Address of the gateway's listener of a protocol. */
export function listenerOf(
  gateway: Gateway,
  protocol: string,
): { readonly host: string; readonly port: number } {
  const found = gateway.run.listeners.find((one) => one.protocol === protocol)
  if (found === undefined) throw new Error(`the gateway does not listen for ${protocol}`)
  return found
}
