import { z } from 'zod'
import { evidenceHtml } from '../qualification/evidence-html.ts'
import { evidenceJson } from '../qualification/evidence-json.ts'
import { junitOf } from '../qualification/evidence-junit.ts'
import { zipEvidence } from '../qualification/evidence-zip.ts'
import { evidenceVerdict, type CampaignEvidence } from '../qualification/evidence.ts'
import { EVIDENCE_POLICY } from '../qualification/live-page.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import { resultBadge } from '../qualification/result-badge.ts'
import { evidenceStream, KNOWN_READERS, type Chunks } from './evidence-stream.ts'
import type { Answer, RouteContext } from './route.ts'
import { streamed } from './streamed.ts'

const FORMATS = {
  html: 'text/html',
  json: 'application/json',
  junit: 'application/xml',
  badge: 'image/svg+xml',
  zip: 'application/zip',
} as const

export const EVIDENCE_MEDIA_TYPES = Object.values(FORMATS)
export const EVIDENCE_FORMATS_SAID =
  'html: one page that opens offline, with messages and transcripts, to be printed and signed; json: the same as data; junit: for CI; badge: a small picture; zip: all of it, with every message, transcript and attachment whole and a list of SHA-256.'

export const evidenceQuery = {
  format: z.enum(['html', 'json', 'junit', 'badge', 'zip']).default('html'),
  lang: z.enum(['en', 'fr']).optional(),
}

/** The evidence of runs, in the shape that is asked for. */
export async function evidenceAnswer(
  what: {
    readonly runs: readonly RunDocument[]
    readonly campaign?: CampaignEvidence
  },
  query: { readonly format: keyof typeof FORMATS; readonly lang?: 'en' | 'fr' | undefined },
  context: Pick<RouteContext, 'services' | 'actor' | 'language' | 'request'>,
): Promise<Answer> {
  const { runs, campaign } = what
  const { format } = query
  const { services, actor, request } = context
  const language = query.lang ?? context.language
  const text = (body: string): Answer => streamed(200, FORMATS[format], [body])
  const name =
    campaign?.result.campaign.id ?? (runs.length === 1 ? runs[0]?.scenario.id : undefined)
  if (format === 'junit') return text(junitOf(runs))
  if (format === 'badge') {
    return text(resultBadge(name ?? 'qualification', evidenceVerdict(runs, campaign), language))
  }
  const order = { runs, by: actor.name, ...(campaign === undefined ? {} : { campaign }) }
  const make = async (): Promise<Chunks> => {
    const evidence = await services.collectEvidence(order)
    if (format === 'html') return [evidenceHtml(evidence, language)]
    if (format === 'json') return [evidenceJson(evidence)]
    return zipEvidence(evidence, language, services.payloads)
  }
  return evidenceStream(FORMATS[format], make, KNOWN_READERS, {
    signal: request.signal,
    headers: {
      ...(format === 'html' ? { 'Content-Security-Policy': EVIDENCE_POLICY } : {}),
      ...(format === 'zip'
        ? { 'Content-Disposition': `attachment; filename="${name ?? 'evidence'}.zip"` }
        : {}),
    },
  })
}
