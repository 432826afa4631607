import { trimXml } from '../simple-types.ts'

/** How the conformance level is called in XMP. */
export type FacturXLevel = 'MINIMUM' | 'BASIC WL' | 'BASIC' | 'EN 16931' | 'EXTENDED' | 'XRECHNUNG'

/** A Factur-X profile: reference invoices §7. */
export interface FacturXProfile {
  readonly level: FacturXLevel
  /** BT-24. */
  readonly specification: string
  /** False: no invoice in the sense of EN 16931; only what `isJudged` names applies. */
  readonly isComplete: boolean
  /** Whether a rule of EN 16931 makes sense for what the profile holds. */
  readonly isJudged: (ruleId: string) => boolean
}

/** MINIMUM holds the header, the parties' names and identifiers, and totals. */
const MINIMUM_RULES: ReadonlySet<string> = new Set(
  (
    'BR-01 BR-02 BR-03 BR-04 BR-05 BR-06 BR-07 BR-08 BR-09 BR-13 BR-14 BR-15 BR-CO-09 BR-CO-26 ' +
    'BR-CL-01 BR-CL-03 BR-CL-04 BR-CL-10 BR-CL-11 BR-CL-14'
  ).split(' '),
)
/** BASIC WL holds everything but lines: rules that count or add up lines are left out. */
const NEEDS_LINES = /^BR-(16|CO-04|CO-10|CO-18|(S|Z|E|AE|IC|G|O|AF|AG)-(0[18]|1[2-4])|B-0[12])$/

const complete = { isComplete: true, isJudged: () => true } as const

export const FACTURX_PROFILES: readonly FacturXProfile[] = [
  {
    level: 'MINIMUM',
    specification: 'urn:factur-x.eu:1p0:minimum',
    isComplete: false,
    isJudged: (id) => MINIMUM_RULES.has(id),
  },
  {
    level: 'BASIC WL',
    specification: 'urn:factur-x.eu:1p0:basicwl',
    isComplete: false,
    isJudged: (id) => !NEEDS_LINES.test(id),
  },
  {
    level: 'BASIC',
    specification: 'urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic',
    ...complete,
  },
  { level: 'EN 16931', specification: 'urn:cen.eu:en16931:2017', ...complete },
  {
    level: 'EXTENDED',
    specification: 'urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended',
    ...complete,
  },
]

const XRECHNUNG = /^urn:cen\.eu:en16931:2017#(compliant|conformant)#urn:xoev-de:kosit:/

/** The profile that BT-24 names; undefined = none of Factur-X. */
export function profileOf(specification: string): FacturXProfile | undefined {
  const wanted = trimXml(specification)
  const known = FACTURX_PROFILES.find((profile) => profile.specification === wanted)
  if (known !== undefined || !XRECHNUNG.test(wanted)) return known
  return { level: 'XRECHNUNG', specification: wanted, ...complete }
}
