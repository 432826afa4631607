import { createHash } from 'node:crypto'
import type { InvoiceStatus } from '../returns/invoice-statuses.ts'
import { invoiceId, type InvoicePlace } from './invoice-row.ts'

/** One status to come, so long after the one before. */
export interface PlanStep {
  readonly to: InvoiceStatus
  readonly afterSeconds: number
  readonly comment?: string
}

/** Shortest and longest wait, in seconds of business time. */
type Wait = readonly [shortest: number, longest: number]

interface Profile {
  readonly way: readonly { readonly to: InvoiceStatus; readonly after: Wait }[]
  /** Instead of the ordinary way once it is available (03): one in so many. */
  readonly suspendsOneIn?: number
  readonly refusesOneIn?: number
}

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

const QUICK: Profile['way'] = [
  { to: '02', after: [1, 2] },
  { to: '03', after: [1, 3] },
  { to: '07', after: [2, 10] },
  { to: '09', after: [2, 10] },
  { to: '10', after: [2, 10] },
  { to: '11', after: [2, 15] },
]

/**
 * Profiles: how a recipient behaves by itself [simulated]. The rest of those that suspend or refuse
 * is quick.
 */
export const PROFILES = {
  quick: { way: QUICK },
  slow: {
    way: [
      { to: '02', after: [MINUTE, 10 * MINUTE] },
      { to: '03', after: [10 * MINUTE, DAY] },
      { to: '07', after: [DAY, 10 * DAY] },
      { to: '08', after: [DAY, 5 * DAY] },
      { to: '09', after: [DAY, 5 * DAY] },
      { to: '10', after: [DAY, 3 * DAY] },
      { to: '11', after: [DAY, 7 * DAY] },
    ],
  },
  suspends: { way: QUICK, suspendsOneIn: 10 },
  refuses: { way: QUICK, refusesOneIn: 50 },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

/** What a recipient of this profile does with an invoice; the same for the same seed and invoice. */
export function stepsOf(name: ProfileName, seed: number, place: InvoicePlace): PlanStep[] {
  const profile: Profile = PROFILES[name]
  const random = randomOf(`${seed} ${invoiceId(place)}`)
  const wait = ([shortest, longest]: Wait): number =>
    shortest + Math.floor(random() * (longest - shortest + 1))
  const steps = profile.way.map(({ to, after }) => ({ to, afterSeconds: wait(after) }))
  const { suspendsOneIn = 0, refusesOneIn = 0 } = profile
  const available = steps.findIndex(({ to }) => to === '03') + 1
  const isRefused = refusesOneIn > 0 && random() < 1 / refusesOneIn
  const isSuspended = suspendsOneIn > 0 && random() < 1 / suspendsOneIn
  if (!isRefused && !isSuspended) return steps
  const end: PlanStep = isRefused
    ? { to: '05', afterSeconds: wait([2, 10]), comment: 'Facture refusée par le destinataire' }
    : { to: '06', afterSeconds: wait([2, 10]), comment: 'Pièces justificatives manquantes' }
  return [...steps.slice(0, available), end]
}

/** Numbers in [0, 1), out of SHA-256 of the text and a count. */
function randomOf(text: string): () => number {
  let count = 0
  return () => {
    count += 1
    const digest = createHash('sha256').update(`${text} ${count}`).digest()
    return digest.readUInt32BE() / 0x1_0000_0000
  }
}
