import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { PesitOverrides } from '../../gateway/connections/pesit-overrides.ts'
import type { Strictness } from './fpdu-parameters.ts'
import type { OwnTerms } from './negotiation.ts'
import { PARTNER_PRESETS } from './partner-presets.ts'
import type { PartnerProfile } from './partner-presets.ts'

/** Where the name of a flow stands (decisions E3). */
export type NamingStrategy = NonNullable<PesitOverrides['naming']>

/** How we behave towards one partner, all questions answered. */
export interface ResolvedProfile extends Omit<PartnerProfile, 'naming'> {
  readonly naming: NamingStrategy
  readonly strictness: Strictness
  readonly oldestVersion: 1 | 2
  readonly acceptsCompression: boolean
  readonly textArticles: 'lines' | 'stream'
  readonly routing: 'refuse' | 'relay'
}

/** The kinds of PI 21, the best first. */
const ALL_COMPRESSIONS: readonly number[] = [3, 1, 2]

/** What the connection says wins over its product, which wins over the settings of the gateway. */
export function profileOf(overrides: PesitOverrides, settings: PesitSettings): ResolvedProfile {
  const { product, framing, ...own } = overrides
  const preset: PartnerProfile = PARTNER_PRESETS[product ?? 'spec']
  return {
    ...preset,
    ...(product === undefined ? { sync: settings.sync } : {}),
    ...defined({
      sync: own.sync,
      multiArticle: own.multiArticle,
      segmentation: own.segmentation,
      concatenation: own.concatenation,
      articleBytes: own.articleBytes,
      maxFileNameCharacters: own.maxFileNameCharacters,
      verticalPad: own.verticalPad,
      checkArticles: own.checkArticles,
    }),
    framing: framing ?? preset.framing,
    framingOverTls: framing ?? preset.framingOverTls,
    mayResynchronise:
      own.resynchronisation ?? (preset.mayResynchronise && settings.resynchronisation),
    maxEntityBytes: own.maxEntityBytes ?? Math.min(preset.maxEntityBytes, settings.maxEntityBytes),
    naming: own.naming ?? (preset.naming === 'plain' ? 'file-name' : 'label'),
    strictness: own.strictness ?? settings.strictness,
    oldestVersion: own.oldestVersion ?? 2,
    acceptsCompression: own.acceptCompression ?? true,
    textArticles: own.textArticles ?? 'lines',
    routing: own.routing ?? 'refuse',
  }
}

/** What the machine of a session goes by. */
export function ownTermsOf(profile: ResolvedProfile): OwnTerms {
  return {
    sync: profile.sync,
    mayResynchronise: profile.mayResynchronise,
    compressions: profile.acceptsCompression ? ALL_COMPRESSIONS : [],
    maxEntityBytes: profile.maxEntityBytes,
    oldestVersion: profile.oldestVersion,
  }
}

function defined<Values extends object>(
  values: Values,
): {
  [Name in keyof Values]?: Exclude<Values[Name], undefined>
} {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as never
}
