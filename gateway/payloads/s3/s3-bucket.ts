import type { Readable } from 'node:stream'
import * as sdk from '@aws-sdk/client-s3'
import type { StoredContent } from '../../flow.ts'
import type { S3Address } from './s3-address.ts'
import { isNotFound, isNotImplemented, isOvertaken, s3Failure } from './s3-failure.ts'

/** No connection, or nothing said on one, for so long: the request has failed. */
const CONNECT_MILLISECONDS = 3_000
const SILENCE_MILLISECONDS = 30_000
/** The SDK's own: failed requests that may succeed are made again after 0.1 s, 0.2 s… */
const TRIES = 3

/** What one request sends, with the checksum that a strict server compares. */
export interface Piece {
  readonly bytes: Buffer
  readonly md5: Buffer
}

/** What the bucket says of an object. */
export interface ObjectFacts {
  readonly bytes: number
  /** Without quotes: the MD5 of the content, or of those of its parts, unless it is encrypted. */
  readonly etag: string
  /** System time in milliseconds, to the second. */
  readonly storedAt: number
}

/** The requests that are made of a bucket, all failures as GatewayError. The only file with the SDK. */
export class S3Bucket {
  readonly #client: sdk.S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(address: S3Address) {
    this.#bucket = address.bucket
    this.#prefix = address.prefix
    this.#client = new sdk.S3Client({
      forcePathStyle: address.isPathStyle,
      maxAttempts: TRIES,
      // What every store knows: Content-MD5, sent below, and no trailing checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MILLISECONDS,
        socketTimeout: SILENCE_MILLISECONDS,
        requestTimeout: 0,
      },
      ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
      ...(address.region === undefined ? {} : { region: address.region }),
      ...(address.credentials === undefined ? {} : { credentials: address.credentials }),
    })
  }

  /** @throws GatewayError STORE_UNFIT when there is no such bucket, or not for these credentials */
  async check(signal?: AbortSignal): Promise<void> {
    try {
      // Its answer has a body that says what is wrong, which that of HeadBucket has not.
      await this.#client.send(
        new sdk.ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 }),
        abort(signal),
      )
    } catch (error) {
      throw s3Failure(error, `to open the bucket ${this.#bucket}`)
    }
  }

  async putObject(key: string, { bytes, md5 }: Piece, signal?: AbortSignal): Promise<void> {
    const command = new sdk.PutObjectCommand({
      ...this.#object(key),
      Body: bytes,
      ContentLength: bytes.length,
      ContentMD5: md5.toString('base64'),
    })
    await told('to take a content', this.#client.send(command, abort(signal)))
  }

  /** @returns the text of the object: `text`, or what was there before */
  async putText(key: string, text: string): Promise<string> {
    const command = { ...this.#object(key), Body: text, ContentType: 'text/plain' }
    try {
      await this.#client.send(new sdk.PutObjectCommand({ ...command, IfNoneMatch: '*' }))
    } catch (error) {
      if (isNotImplemented(error)) {
        await told('to take its name', this.#client.send(new sdk.PutObjectCommand(command)))
      } else if (!isOvertaken(error)) throw s3Failure(error, 'to take its name')
    }
    return (await this.getText(key)) ?? text
  }

  async getText(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(new sdk.GetObjectCommand(this.#object(key)))
      return (await Body?.transformToString())?.trim()
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw s3Failure(error, 'to say its name')
    }
  }

  async beginParts(key: string, signal?: AbortSignal): Promise<string> {
    const command = new sdk.CreateMultipartUploadCommand(this.#object(key))
    const { UploadId } = await told('to begin an upload', this.#client.send(command, abort(signal)))
    if (UploadId === undefined) throw s3Failure(new Error('no upload id'), 'to begin an upload')
    return UploadId
  }

  /** @returns the ETag of the part, as the completion wants it */
  async putPart(
    upload: { readonly key: string; readonly id: string },
    number: number,
    { bytes, md5 }: Piece,
    signal?: AbortSignal,
  ): Promise<string> {
    const command = new sdk.UploadPartCommand({
      ...this.#object(upload.key),
      UploadId: upload.id,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.length,
      ContentMD5: md5.toString('base64'),
    })
    const { ETag } = await told('to take a part', this.#client.send(command, abort(signal)))
    if (ETag === undefined) throw s3Failure(new Error('no ETag'), 'to take a part')
    return ETag
  }

  async completeParts(
    upload: { readonly key: string; readonly id: string },
    etags: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
    const command = new sdk.CompleteMultipartUploadCommand({
      ...this.#object(upload.key),
      UploadId: upload.id,
      MultipartUpload: { Parts },
    })
    await told('to complete an upload', this.#client.send(command, abort(signal)))
  }

  /** As far as it can be: what is left of it costs room until the bucket's own rule removes it. */
  async abortParts(upload: { readonly key: string; readonly id: string }): Promise<void> {
    const command = new sdk.AbortMultipartUploadCommand({
      ...this.#object(upload.key),
      UploadId: upload.id,
    })
    await this.#client.send(command).catch(() => {}) // the failure that led here is told
  }

  async facts(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined> {
    try {
      const head = await this.#client.send(
        new sdk.HeadObjectCommand(this.#object(key)),
        abort(signal),
      )
      return {
        bytes: head.ContentLength ?? 0,
        etag: (head.ETag ?? '').replaceAll('"', ''),
        storedAt: head.LastModified?.getTime() ?? Number.POSITIVE_INFINITY,
      }
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw s3Failure(error, 'to tell of a content')
    }
  }

  /** From `start` to the end, which must not be before it. @returns undefined: no such object */
  async get(key: string, start: number): Promise<Readable | undefined> {
    try {
      const range = start === 0 ? {} : { Range: `bytes=${start}-` }
      const { Body } = await this.#client.send(
        new sdk.GetObjectCommand({ ...this.#object(key), ...range }),
      )
      return Body as Readable
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw s3Failure(error, 'to give a content')
    }
  }

  /** What is not there is fine. */
  async remove(key: string): Promise<void> {
    const command = new sdk.DeleteObjectCommand(this.#object(key))
    await told('to remove a content', this.#client.send(command))
  }

  async *list(): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
    let token: string | undefined
    do {
      const command = new sdk.ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      })
      const page: sdk.ListObjectsV2CommandOutput = await told(
        'to list its contents',
        this.#client.send(command),
      )
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        yield { key: Key.slice(this.#prefix.length), bytes: Size }
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  close(): void {
    this.#client.destroy()
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` }
  }
}

async function told<Answer>(doing: string, request: Promise<Answer>): Promise<Answer> {
  try {
    return await request
  } catch (error) {
    throw s3Failure(error, doing)
  }
}

/** `aa/<sha256>`, below the prefix. */
export function keyOf({ sha256 }: Pick<StoredContent, 'sha256'>): string {
  return `${sha256.slice(0, 2)}/${sha256}`
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}
