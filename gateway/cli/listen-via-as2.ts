import type { As2Address } from '../partner-address.ts'
import { openAs2Partner, startAs2Endpoint } from './as2-partner.ts'
import { as2ListenSettings } from './as2-options.ts'
import type { StartPartnerListener } from './partner-listener.ts'

/** Takes the messages of the gateway and answers with receipts. */
export const startAs2Listener: StartPartnerListener<As2Address> = async (folder, options) => {
  const { as2, ...order } = options
  return startAs2Endpoint({
    ...order,
    partner: await openAs2Partner(folder),
    settings: as2ListenSettings(as2),
  })
}
