import { GatewayError } from '../../errors.ts'

/** Where an S3-compatible store is, as `payloads.url` says it. */
export interface S3Address {
  readonly bucket: string
  /** What every key begins with: empty, or ending in a slash. */
  readonly prefix: string
  /** Of a server that is not Amazon's. */
  readonly endpoint: string | undefined
  /** Undefined: what the environment of the AWS SDK says. */
  readonly region: string | undefined
  /** The bucket in the path of the request instead of in the name of the host. */
  readonly isPathStyle: boolean
  /** Undefined: what the credential chain of the AWS SDK finds. */
  readonly credentials: S3Credentials | undefined
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const OPTIONS = ['endpoint', 'region', 'forcePathStyle']
/** Of a server that has no regions, for the signature of requests. */
const ANY_REGION = 'us-east-1'

/**
 * Reads `s3://KEY:SECRET@bucket/prefix?endpoint=…&region=…&forcePathStyle=true`; all but the bucket
 * may be left out.
 * @throws GatewayError CONFIG_INVALID, which does not repeat the URL: it may carry a secret
 */
export function readS3Address(url: string): S3Address {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol !== 's3:' || !/^[\w.-]{3,255}$/.test(parsed.hostname)) {
    throw invalid('names no bucket: s3://bucket/prefix?endpoint=https://host:port')
  }
  const unknown = [...parsed.searchParams.keys()].find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw invalid(`has the option "${unknown}"; known are ${OPTIONS.join(', ')}`)
  }
  const endpoint = readEndpoint(parsed.searchParams.get('endpoint'))
  const region = parsed.searchParams.get('region') || undefined
  const prefix = decodeURIComponent(parsed.pathname).replace(/^\/+|\/+$/g, '')
  return {
    bucket: parsed.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint,
    region: region ?? (endpoint === undefined ? undefined : ANY_REGION),
    isPathStyle: readPathStyle(parsed.searchParams.get('forcePathStyle'), endpoint !== undefined),
    credentials: readCredentials(parsed),
  }
}

function readEndpoint(text: string | null): string | undefined {
  if (text === null || text === '') return undefined
  const endpoint = URL.parse(text)
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) {
    throw invalid('has an endpoint that is no http: or https: address')
  }
  if (endpoint.username !== '' || endpoint.password !== '') {
    throw invalid('has credentials in its endpoint: they stand before the bucket')
  }
  return endpoint.href
}

function readPathStyle(text: string | null, fallback: boolean): boolean {
  if (text === null) return fallback
  if (text !== 'true' && text !== 'false') throw invalid('has a forcePathStyle not true or false')
  return text === 'true'
}

function readCredentials({ username, password }: URL): S3Credentials | undefined {
  if (username === '' && password === '') return undefined
  if (username === '' || password === '') {
    throw invalid('has half a pair of credentials: s3://KEY:SECRET@bucket, or none')
  }
  return {
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
  }
}

function invalid(fault: string): GatewayError {
  return new GatewayError('CONFIG_INVALID', `payloads.url ${fault}.`)
}
