import type { X509Certificate } from 'node:crypto'
import { found, type Diagnosis } from './diagnosis.ts'

const DAY = 86_400_000
const SOON_DAYS = 30

/** What is wrong with the dates of a certificate. @param now milliseconds UTC */
export function certificateDates(
  certificate: Pick<X509Certificate, 'validFromDate' | 'validToDate'>,
  name: string,
  now: number,
): Diagnosis[] {
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  const from = certificate.validFromDate.getTime()
  const until = certificate.validToDate.getTime()
  const dates = `${name}: ${day(certificate.validFromDate)} – ${day(certificate.validToDate)}`
  if (now > until) return [found('certificate-expired', dates)]
  if (now < from) return [found('certificate-not-yet', dates)]
  if (until - now > SOON_DAYS * DAY) return []
  const days = Math.floor((until - now) / DAY)
  const left = { en: `${dates}, ${days} days left`, fr: `${dates}, encore ${days} jours` }
  return [found('certificate-ends-soon', left)]
}
