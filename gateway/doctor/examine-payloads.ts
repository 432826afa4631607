import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import type { Patient } from './patient.ts'

const SUBJECT = { en: 'payload store', fr: 'magasin des contenus' }
/** Of the newest flows, and as many from anywhere. */
const SAMPLED = 50
const BUCKET_MILLISECONDS = 8_000
/** For the whole sample. */
const SAMPLE_MILLISECONDS = 30_000

/** The store of contents: reachable, and a sample of what the journal names is in it. */
export async function examinePayloads(patient: Patient): Promise<readonly Diagnosis[]> {
  const { url } = patient.config.payloads
  try {
    const has = url.startsWith('s3:') ? await openBucket(url) : inFolder(url, patient.config.data)
    const names = await sampled(patient)
    const missing: string[] = []
    for (const name of names) if (!(await has(name))) missing.push(name)
    return missing.length === 0
      ? [
          well(SUBJECT, {
            en: `${names.length} contents sampled`,
            fr: `${names.length} contenus vérifiés`,
          }),
        ]
      : [
          found('payload-missing', {
            en: `${missing.length} of ${names.length} sampled: ${missing[0]}…`,
            fr: `${missing.length} sur ${names.length} vérifiés : ${missing[0]}…`,
          }),
        ]
  } catch (error) {
    return [found('bucket-unreachable', saidBy(error))]
  }
}

/** Addresses of contents that are to be in the store: not those on their way into it. */
async function sampled(patient: Patient): Promise<readonly string[]> {
  const view = await patient.journal().catch(() => undefined)
  if (view === undefined) return []
  const statement = (order: string): string =>
    `select sha256 from flows where not exists
        (select 1 from landed_payloads where landed_payloads.sha256 = flows.sha256)
      and not exists (select 1 from payload_uploads where payload_uploads.sha256 = flows.sha256)
      order by ${order} limit ${SAMPLED}`
  const rows = await Promise.all(
    // Ids end in random letters: their last ones put flows in an order of no meaning.
    [statement('received_at desc'), statement('sha256')].map((one) =>
      view.read(one).catch(() => []),
    ),
  )
  return [...new Set(rows.flat().map((row) => String(row['sha256'])))]
}

function inFolder(url: string, data: string): (sha256: string) => Promise<boolean> {
  const path = url.slice('file:'.length).replace(/^\/\//, '')
  const folder = path === '' ? join(data, 'payloads') : isAbsolute(path) ? path : join(data, path)
  return async (sha256) => existsSync(join(folder, sha256.slice(0, 2), sha256))
}

async function openBucket(url: string): Promise<(sha256: string) => Promise<boolean>> {
  const { S3Bucket, keyOf } = await import('../payloads/s3/s3-bucket.ts')
  const { readS3Address } = await import('../payloads/s3/s3-address.ts')
  const bucket = new S3Bucket(readS3Address(url))
  await bucket.check(AbortSignal.timeout(BUCKET_MILLISECONDS))
  const signal = AbortSignal.timeout(SAMPLE_MILLISECONDS)
  return async (sha256) => (await bucket.facts(keyOf({ sha256 }), signal)) !== undefined
}
