import type { KitFacts } from '../kit-facts.ts'

/** Identifiers of both sides of a PeSIT connection (PI 3 and PI 4 of CONNECT). */
export interface PesitNames {
  /** The partner, as it names itself. */
  readonly own: string
  /** The gateway, as the partner calls it. */
  readonly gateway: string
  /** Where the partner answers. */
  readonly ownPort: number
}

const USUAL_PORT = 1762

export function pesitNames({ form, applicationCode, gatewayCode }: KitFacts): PesitNames {
  const network = form.network?.pesit
  return {
    own: network?.requesterId ?? applicationCode,
    gateway: gatewayCode,
    ownPort: network?.port ?? USUAL_PORT,
  }
}
