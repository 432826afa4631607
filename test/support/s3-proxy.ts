import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** What becomes of one request on its way. */
export type S3Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** A bit of the body that goes to the server, or comes from it, is another. */
  | { readonly kind: 'flip-sent' | 'flip-received' }
  /** The server's ETag is that of something else. */
  | { readonly kind: 'wrong-etag' }
  /** The line breaks in the middle of the answer. */
  | { readonly kind: 'cut-received' }

export interface S3Proxy {
  readonly endpoint: string
  /** Asked for each request; undefined = it passes. */
  fault: (asked: { readonly method: string; readonly path: string }) => S3Fault | undefined
  /** `METHOD path` of each request so far. */
  readonly seen: string[]
}

/** A small proxy before an S3 server that harms what passes, ended with the test. */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  const proxy: { -readonly [Key in keyof S3Proxy]: S3Proxy[Key] } = {
    endpoint: '',
    fault: () => undefined,
    seen: [],
  }
  const server = createServer((asked, answer) => {
    const path = asked.url ?? ''
    const method = asked.method ?? ''
    proxy.seen.push(`${method} ${path}`)
    void pass(endpoint, asked, answer, proxy.fault({ method, path })).catch(() => answer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return proxy
}

async function pass(
  endpoint: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  fault: S3Fault | undefined,
): Promise<void> {
  const sent = await buffer(asked)
  if (fault?.kind === 'answer') {
    answer.writeHead(fault.status, { 'content-type': 'application/xml' })
    answer.end(
      asked.method === 'HEAD'
        ? ''
        : `<Error><Code>${fault.code}</Code><Message>x</Message></Error>`,
    )
    return
  }
  if (fault?.kind === 'flip-sent') flipLast(sent)
  const forwarded = request(endpoint + (asked.url ?? ''), {
    method: asked.method ?? 'GET',
    headers: asked.headers,
  })
  forwarded.end(sent)
  const [received] = (await once(forwarded, 'response')) as [IncomingMessage]
  const body = await buffer(received)
  const headers = { ...received.headers }
  if (fault?.kind === 'wrong-etag') headers.etag = `"${'0'.repeat(32)}"`
  if (fault?.kind === 'flip-received') flipLast(body)
  answer.writeHead(received.statusCode ?? 500, headers)
  if (fault?.kind === 'cut-received') {
    answer.write(body.subarray(0, body.length / 2), () => answer.destroy())
    return
  }
  answer.end(body)
}

function flipLast(bytes: Buffer): void {
  const last = bytes.length - 1
  if (last >= 0) bytes[last] = bytes[last]! ^ 1
}
