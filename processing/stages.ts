import type { BilingualText } from '../gateway/flow.ts'

/**
 * The stages of a flow, in order (decisions B10, reference chorus-pro-edi §8.1): from this table
 * come the journal's `flows.stage`, the timeline, the API, the fault points and the docs.
 */
export interface Stage {
  readonly name: StageName
  readonly label: BilingualText
  /** What a fatal finding of this stage refuses. */
  readonly refuses: 'flow' | 'part' | 'nothing'
  /** The job that runs it: one per flow, or one per chunk of invoices. */
  readonly job: 'extract' | 'chunk' | 'decide'
}

export type StageName =
  | 'technical'
  | 'subscription'
  | 'extraction'
  | 'format'
  | 'functional'
  | 'decision'
  | 'integration'
  | 'report'

/** `flows.stage` once nothing is left to run. */
export const STAGE_DONE = 'done'

export const STAGES: readonly Stage[] = [
  {
    name: 'technical',
    label: { en: 'Technical checks', fr: 'Contrôles techniques' },
    refuses: 'flow',
    job: 'extract',
  },
  {
    name: 'subscription',
    label: { en: 'Subscription', fr: 'Abonnement' },
    refuses: 'flow',
    job: 'extract',
  },
  {
    name: 'extraction',
    label: { en: 'Extraction', fr: 'Extraction' },
    refuses: 'flow',
    job: 'extract',
  },
  {
    name: 'format',
    label: { en: 'Format', fr: 'Format' },
    refuses: 'part',
    job: 'chunk',
  },
  {
    name: 'functional',
    label: { en: 'Functional rules', fr: 'Règles de gestion' },
    refuses: 'part',
    job: 'chunk',
  },
  {
    name: 'decision',
    label: { en: 'Decision', fr: 'Décision' },
    refuses: 'nothing',
    job: 'decide',
  },
  {
    name: 'integration',
    label: { en: 'Integration', fr: 'Intégration' },
    refuses: 'nothing',
    job: 'decide',
  },
  {
    name: 'report',
    label: { en: 'Report', fr: 'Compte rendu' },
    refuses: 'nothing',
    job: 'decide',
  },
]

/** Which kind of job takes a flow on from `stage`; undefined once it is done. */
export function jobOfStage(stage: string): Stage['job'] | undefined {
  return STAGES.find(({ name }) => name === stage)?.job
}
