import { PLATFORM_CODE } from '../../config/flow-name.ts'
import { parisDateTime } from '../paris-time.ts'
import { escapeXml } from './xml-text.ts'

/** `Enveloppe` of the operator's documents (reference §9.1): when, which flow, to whom. */
export function envelopeXml(flow: {
  readonly identifier: string
  /** Application code of the partner that receives it. */
  readonly receiver: string
  /** Milliseconds UTC. */
  readonly producedAt: number
}): string {
  return `<Enveloppe><EnveloppeUnitaire NumOrdre="1">
    <Parametres>
      <ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code><Valeurparametre>${parisDateTime(flow.producedAt)}</Valeurparametre></ParametreIndiv>
      <ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code><Valeurparametre>${escapeXml(flow.identifier)}</Valeurparametre></ParametreIndiv>
    </Parametres>
    <Partenaires><Recepteur><Id>${escapeXml(flow.receiver)}</Id></Recepteur><Emetteur><Id>${PLATFORM_CODE}</Id></Emetteur></Partenaires>
  </EnveloppeUnitaire></Enveloppe>`
}
