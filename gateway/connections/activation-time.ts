import { nextDayInParis } from '../paris-days.ts'

export const ACTIVATION_PROFILES = ['at-once', 'one-minute', 'next-day'] as const
export type ActivationProfile = (typeof ACTIVATION_PROFILES)[number]

/**
 * When the automatic processing acts on a form that is sent at `now` (setting
 * `connections.activation`): the portal's answer comes "normally by the next day" (reference
 * chorus-pro-edi §7.3); the hour is ours [simulated]. Milliseconds UTC, business time.
 */
export function activationTime(profile: ActivationProfile, now: number): number {
  switch (profile) {
    case 'at-once':
      return now
    case 'one-minute':
      return now + 60_000
    case 'next-day':
      return nextDayInParis(now, 6)
  }
}
