import type { BilingualText } from '../../gateway/flow.ts'

/** What a `CPPStatut` says of a flow (reference chorus-pro-edi §9.1). */
export const FLUX_STATUSES = {
  '90': { en: 'Received', fr: 'Reçu' },
  '91': { en: 'On its way', fr: 'En cours de transmission' },
  '92': { en: 'Received by the final recipient', fr: 'Reçu Destinataire final' },
  '93': { en: 'Reception failed', fr: 'Erreur reception' },
  '94': {
    en: 'Reception by the final recipient failed',
    fr: 'Erreur reception destinataire final',
  },
  '95': {
    en: 'Transmission to the final recipient failed',
    fr: 'Erreur de transmission au destinataire final',
  },
  '96': { en: 'Received, partially integrated', fr: 'Reçu - intégration partielle' },
} as const satisfies Record<string, BilingualText>

export type FluxStatus = keyof typeof FLUX_STATUSES

export function isFluxStatus(text: string): text is FluxStatus {
  return Object.hasOwn(FLUX_STATUSES, text)
}

export const FLUX_STATUS_CODES = Object.keys(FLUX_STATUSES) as readonly FluxStatus[]
