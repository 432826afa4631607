import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { PesitOverrides } from '../../gateway/connections/pesit-overrides.ts'
import { profileOf } from './partner-profile.ts'
import type { ResolvedProfile } from './partner-profile.ts'
import type { CallOptions } from './requester-link.ts'

/** What is known of a partner whom the gateway calls. */
export interface CalledPartner {
  /** Of the form: PI 3 of the partner where it calls, PI 4 that its server answers to. */
  readonly requesterId: string | undefined
  readonly serverId: string | undefined
  readonly applicationCode: string
  readonly overrides: PesitOverrides
}

const COMPRESSION_KINDS = { none: 0, horizontal: 1, vertical: 2, both: 3 } as const

/** How the gateway calls a partner: both names, the password, the manner; all but where and why. */
export function callingTerms(
  settings: PesitSettings,
  { requesterId, serverId, applicationCode, overrides }: CalledPartner,
): Omit<CallOptions, 'place' | 'access' | 'profile'> & { readonly profile: ResolvedProfile } {
  const profile = profileOf(overrides, settings)
  const { ownPassword, preConnection } = overrides
  return {
    // What the form calls PI 3 is the partner's name where it calls; here it is called.
    requesterId: settings.identifiers[0] ?? '',
    serverId: serverId ?? requesterId ?? applicationCode,
    ...(ownPassword === undefined ? {} : { password: ownPassword }),
    ...(preConnection === undefined || preConnection === 'none' ? {} : { preConnection }),
    profile: {
      ...profile,
      ...(preConnection === undefined ? {} : { sendsPreConnection: preConnection !== 'none' }),
    },
    strictness: profile.strictness,
    hasChecksum: overrides.checksum === true,
    compression: COMPRESSION_KINDS[overrides.compression ?? 'none'],
    answerSeconds: settings.answerSeconds,
  }
}
