import type { Request, Response } from 'express'
import { GatewayError } from '../errors.ts'
import type { BytesBody, JsonBody } from './route.ts'
import { readYaml } from './yaml-body.ts'

/** Of a JSON body, unless its route says otherwise. */
export const DEFAULT_BODY_BYTES = 256 * 1024

/** Around the one file of a form: boundaries, headers, other parts. */
const FORM_ALLOWANCE_BYTES = 8 * 1024

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'multipart/form-data'
export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'] as const

/** Media types a body may come in. */
export function mediaTypesOf(body: JsonBody<unknown> | BytesBody<unknown>): readonly string[] {
  if (body.kind === 'bytes') return [...body.mediaTypes, FORM_TYPE]
  return body.isYamlToo === true ? [JSON_TYPE, ...YAML_TYPES] : [JSON_TYPE]
}

/**
 * The body of a request: a JSON value, or the bytes of a file. What is larger than the route takes
 * is refused at its announced size, or as soon as it passes the limit, and never held.
 * @throws GatewayError API_MEDIA_TYPE_REFUSED, API_BODY_TOO_LARGE, API_REQUEST_INVALID
 */
export async function readBody(
  declared: JsonBody<unknown> | BytesBody<unknown>,
  request: Request,
  response: Response,
): Promise<unknown> {
  const isFile = declared.kind === 'bytes'
  const maxBytes = declared.maxBytes ?? DEFAULT_BODY_BYTES
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  if (!hasBody && !isFile && declared.isOptional === true) return {}
  const type = mediaTypeOf(request.headers['content-type'])
  const known = mediaTypesOf(declared)
  if (!known.includes(type)) {
    throw new GatewayError(
      'API_MEDIA_TYPE_REFUSED',
      `The body is ${type === '' ? 'of no named type' : type.slice(0, 80)}; this route reads ${known.join(', ')}.`,
    )
  }
  const isForm = type === FORM_TYPE
  const bytes = await readBytes(request, response, maxBytes + (isForm ? FORM_ALLOWANCE_BYTES : 0))
  if (isForm) return fileOfForm(bytes, request.headers['content-type'] ?? '', maxBytes)
  if (isFile) return bytes
  return type === JSON_TYPE ? readJson(textOf(bytes)) : readYaml(textOf(bytes))
}

/** @throws GatewayError API_BODY_TOO_LARGE */
async function readBytes(
  request: Request,
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new GatewayError('API_BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`)
  if (request.headers['content-encoding'] !== undefined) {
    throw new GatewayError('API_MEDIA_TYPE_REFUSED', 'The body must not be compressed.')
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  // A client that asked first is told to go on only now (RFC 9110 §10.1.1).
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
  const chunks: Uint8Array[] = []
  let length = 0
  const whole = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > maxBytes) {
      chunks.length = 0
      whole.reject(tooLarge())
    } else chunks.push(chunk)
  })
  request.on('end', () => whole.resolve(Buffer.concat(chunks)))
  request.on('error', whole.reject)
  request.on('close', () =>
    whole.reject(new GatewayError('API_REQUEST_INVALID', 'The body ended too early.')),
  )
  return whole.promise
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new GatewayError('API_REQUEST_INVALID', 'The body is not JSON.', { cause })
  }
}

/** @throws GatewayError API_REQUEST_INVALID */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new GatewayError('API_REQUEST_INVALID', 'The body is not UTF-8.', { cause })
  }
}

async function fileOfForm(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const form = await new globalThis.Response(bytes, { headers: { 'Content-Type': contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new GatewayError('API_REQUEST_INVALID', 'The form cannot be read.', { cause })
    })
  const file = form.get('file')
  if (!(file instanceof File)) {
    throw new GatewayError('API_REQUEST_INVALID', 'The form has no file in its part `file`.')
  }
  if (file.size > maxBytes) {
    throw new GatewayError('API_BODY_TOO_LARGE', `The file is larger than ${maxBytes} bytes.`)
  }
  return file.bytes()
}

const mediaTypeOf = (header: string | undefined): string =>
  (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
