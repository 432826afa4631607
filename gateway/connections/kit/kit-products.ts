import type { ProtocolName } from '../../flow.ts'
import type { KitProduct } from './kit-product.ts'
import { CONNECT_EXPRESS } from './products/connect-express.ts'
import { MENDELSON } from './products/mendelson.ts'
import { OPENAS2 } from './products/openas2.ts'
import { OPENSSH } from './products/openssh.ts'
import { TRANSFER_CFT } from './products/transfer-cft.ts'
import { WAARP_GATEWAY } from './products/waarp-gateway.ts'
import { WINSCP } from './products/winscp.ts'

/** Programs a kit has settings for; one more is a file in `products/` and a line here. */
export const KIT_PRODUCTS: readonly KitProduct[] = [
  OPENSSH,
  WINSCP,
  OPENAS2,
  MENDELSON,
  TRANSFER_CFT,
  CONNECT_EXPRESS,
  WAARP_GATEWAY,
]

export function productsFor(protocol: ProtocolName): readonly KitProduct[] {
  return KIT_PRODUCTS.filter((product) => product.protocols.includes(protocol))
}
