import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Hook } from '../connections/hook-overrides.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { request: requestHttp } = process.getBuiltinModule('node:http')

export interface CallOptions {
  readonly isCallable: (address: string) => boolean
  /** Setting hooks.signingKey. */
  readonly signingKey: string
  /** Setting hooks.commands. */
  readonly commands: Readonly<Record<string, readonly string[]>>
  readonly signal: AbortSignal
}

/** Longest text of a failure that is kept. */
const MAX_TEXT = 300

/**
 * Calls a URL or runs a command, once; resolves when it was taken: a status of 2xx, exit code 0.
 * @throws Error with why not
 */
export async function makeCall(hook: Hook, body: string, options: CallOptions): Promise<void> {
  if (hook.url !== undefined) await post(new URL(hook.url), body, options)
  else await runCommand(hook.command ?? '', body, options)
}

async function post(url: URL, body: string, options: CallOptions): Promise<void> {
  const { isCallable, signingKey, signal } = options
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  const found =
    isIP(host) === 0 ? await looked(host, signal) : [{ address: host, family: isIP(host) }]
  const refused = found.find(({ address }) => !isCallable(address))
  if (refused !== undefined) {
    throw new Error(
      `${refused.address} is not called (delivery.privateAddresses, delivery.allowedNetworks)`,
    )
  }
  // What was checked is what is called: the name is not looked up again.
  const pinned: LookupFunction = (_name, { all }, done) => {
    const [first] = found
    if (all === true) done(null, [...found])
    else done(null, first?.address ?? '', first?.family)
  }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const seconds = Math.floor(Date.now() / 1_000)
  const signature = createHmac('sha256', signingKey).update(`${seconds}.${body}`).digest('hex')
  await new Promise<void>((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      lookup: pinned,
      signal,
      agent: false,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Raccord',
        ...(signingKey === '' ? {} : { 'Raccord-Signature': `t=${seconds},v1=${signature}` }),
      },
    })
    call.on('error', reject)
    call.on('response', (response) => {
      response.resume()
      response.on('error', reject)
      const { statusCode = 0 } = response
      // A redirection is not followed: it could lead anywhere.
      if (statusCode >= 200 && statusCode < 300) resolve()
      else reject(new Error(`it answered ${statusCode}`))
    })
    call.end(body)
  })
}

/** A name server that does not answer takes no longer than the call may. */
async function looked(host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(new Error(`the name ${host} was not found in time`))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([lookup(host, { all: true }), aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function runCommand(name: string, body: string, options: CallOptions): Promise<void> {
  const [program, ...args] = options.commands[name] ?? []
  if (program === undefined) throw new Error(`hooks.commands has no ${name}`)
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      signal: options.signal,
      killSignal: 'SIGKILL',
      env: { PATH: process.env['PATH'], LANG: process.env['LANG'] },
    })
    let said = ''
    child.stderr.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-MAX_TEXT)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`it ended with ${code}: ${said.trim()}`.slice(0, MAX_TEXT)))
    })
    child.stdin.on('error', () => {}) // it may end without reading
    child.stdin.end(body)
  })
}
