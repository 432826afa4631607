import { GatewayError } from '../../errors.ts'

/** What the SDK tells of a failed request, as far as it is of use; its errors hold much more. */
interface Told {
  readonly name: string
  readonly message: string
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined
  readonly requestId: string | undefined
}

/** Answers that no second try changes, and what to do about them. */
const REMEDIES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Make the bucket, or correct the name in payloads.url.',
  InvalidBucketName: 'Correct the name of the bucket in payloads.url.',
  InvalidAccessKeyId: 'Correct the access key in payloads.url, or in the environment of the SDK.',
  SignatureDoesNotMatch: 'Correct the secret key in payloads.url: its special characters are %XX.',
  AccessDenied:
    'Grant s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucket on the bucket, and correct the credentials of payloads.url.',
  ExpiredToken: 'Renew the credentials of the environment.',
  CredentialsProviderError:
    'Put credentials into payloads.url (s3://KEY:SECRET@bucket), or give the process some that the AWS SDK finds.',
  PermanentRedirect: 'Correct the region in payloads.url (?region=…).',
  AuthorizationHeaderMalformed: 'Correct the region in payloads.url (?region=…).',
  'Region is missing': 'Say the region in payloads.url (?region=…).',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
}

const SAME_AS: Readonly<Record<string, string>> = {
  Forbidden: 'AccessDenied',
  '403': 'AccessDenied',
  MovedPermanently: 'PermanentRedirect',
  '301': 'PermanentRedirect',
}

/** A request for something that is not there: an object, unless it was asked about the bucket. */
export function isNotFound(error: unknown): boolean {
  const { name, status } = told(error)
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket')
}

/** A condition of the request (`If-None-Match`) does not hold: 412, or two at once: 409. */
export function isOvertaken(error: unknown): boolean {
  const { status } = told(error)
  return status === 412 || status === 409
}

/** The store does not know this kind of request: 501. */
export function isNotImplemented(error: unknown): boolean {
  return told(error).status === 501
}

/**
 * What to throw for a failed request. Of the SDK's error only name, text and status go on: the error
 * itself holds the request with its headers.
 * @returns STORE_UNFIT when somebody has to change something, else STORE_UNAVAILABLE
 */
export function s3Failure(error: unknown, doing: string): GatewayError {
  if (error instanceof GatewayError) return error
  const { name, message, status, requestId } = told(error)
  const kind = message.startsWith('Region is missing') ? 'Region is missing' : kindOf(name, status)
  const remedy = REMEDIES[kind]
  const facts = [status === undefined ? '' : `HTTP ${status}`, requestId ?? ''].filter(Boolean)
  const text = `The payload store failed ${doing}: ${name}: ${message}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`
  return remedy === undefined
    ? new GatewayError('STORE_UNAVAILABLE', text)
    : new GatewayError('STORE_UNFIT', text, { remedy })
}

function kindOf(name: string, status: number | undefined): string {
  if (name in REMEDIES) return name
  return SAME_AS[name] ?? SAME_AS[String(status)] ?? name
}

function told(error: unknown): Told {
  const seen = error as {
    readonly name?: unknown
    readonly code?: unknown
    readonly message?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  }
  const name = [seen.name, seen.code].find(
    (word) => typeof word === 'string' && word !== 'Error' && word !== 'AggregateError',
  )
  return {
    name: typeof name === 'string' ? name : typeof seen.code === 'string' ? seen.code : 'Error',
    message: typeof seen.message === 'string' ? seen.message.slice(0, 300) : '',
    status: seen.$metadata?.httpStatusCode,
    requestId: seen.$metadata?.requestId,
  }
}
