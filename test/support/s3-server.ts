import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { onTestFinished } from 'vitest'
import { freePort } from '../../gateway/cli/free-port.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * s3rver (npm) is always here, and lenient: it looks at no checksum and no signature (what it shows is
 * whole, which it has from s3rver-child.ts). versitygw, which `.ci/run` builds, and MinIO are strict
 * about both.
 */
export type S3Program = 's3rver' | 'minio' | 'versitygw'

/** An S3-compatible server on a free port, in a folder of its own, ended with the test. */
export interface S3Server {
  readonly endpoint: string
  /** `payloads.url` of a bucket that is there. @param endpoint of a proxy before it */
  url(options?: {
    readonly bucket?: string
    readonly key?: string
    readonly secret?: string
    readonly endpoint?: string
  }): string
  /** kill -9. */
  kill(): Promise<void>
  /** On the same port again, with what is in its folder. */
  start(): Promise<void>
}

const BUCKET = 'payloads'
const S3RVER = fileURLToPath(new URL('./s3rver-child.ts', import.meta.url))
/** Those of s3rver, which has no others. */
const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
/** MinIO wants longer ones. */
const LONG_CREDENTIALS = { accessKeyId: 'raccord-test', secretAccessKey: 'a secret/with+signs' }
const START_MILLISECONDS = 120_000

interface Program {
  readonly credentials: typeof CREDENTIALS
  readonly command: (folder: string, port: number) => readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const PROGRAMS: Readonly<Record<S3Program, Program>> = {
  s3rver: {
    credentials: CREDENTIALS,
    command: (folder, port) => [
      process.execPath,
      S3RVER,
      '--silent',
      '--directory',
      folder,
      '--address',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    environment: {},
  },
  minio: {
    credentials: LONG_CREDENTIALS,
    command: (folder, port) => [
      findProgram('minio') ?? 'minio',
      'server',
      folder,
      '--quiet',
      '--address',
      `127.0.0.1:${port}`,
      '--console-address',
      '127.0.0.1:0',
    ],
    environment: {
      MINIO_ROOT_USER: LONG_CREDENTIALS.accessKeyId,
      MINIO_ROOT_PASSWORD: LONG_CREDENTIALS.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
  },
  versitygw: {
    credentials: LONG_CREDENTIALS,
    command: (folder, port) => [
      findProgram('versitygw') ?? 'versitygw',
      '--port',
      `127.0.0.1:${port}`,
      '--quiet',
      'posix',
      '--sidecar',
      join(folder, '..', 'facts'),
      folder,
    ],
    environment: {
      ROOT_ACCESS_KEY_ID: LONG_CREDENTIALS.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: LONG_CREDENTIALS.secretAccessKey,
    },
  },
}

/** Suites run on the strict servers where they are installed, and on versitygw always with CI=true. */
export const S3_PROGRAMS: readonly S3Program[] = (['s3rver', 'versitygw', 'minio'] as const).filter(
  (name) =>
    name === 's3rver' ||
    (name === 'versitygw' && process.env['CI'] === 'true') ||
    findProgram(name) !== undefined,
)

export async function startS3(name: S3Program = 's3rver'): Promise<S3Server> {
  const { credentials, command, environment } = PROGRAMS[name]
  const ground = await temporaryFolder()
  const folder = join(ground, 'data')
  await mkdir(folder)
  await mkdir(join(ground, 'facts'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const [program = '', ...args] = command(folder, port)
    const started = spawn(program, args, {
      stdio: 'ignore',
      cwd: ground,
      env: { ...process.env, ...environment, HOME: ground },
    })
    child = started
    let failure: unknown
    started.once('error', (error) => {
      failure = error
    })
    const deadline = performance.now() + START_MILLISECONDS
    while (!(await hasBucket(endpoint, credentials))) {
      if (failure !== undefined) throw failure
      if (started.exitCode !== null) throw new Error(`${name} ended with ${started.exitCode}`)
      if (performance.now() > deadline) throw new Error(`${name} does not start`)
      await sleep(50)
    }
  }

  async function kill(): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }

  onTestFinished(kill)
  await start()
  return {
    endpoint,
    kill,
    start,
    url: (options = {}) => {
      const { bucket = BUCKET, key = credentials.accessKeyId } = options
      const { secret = credentials.secretAccessKey } = options
      const user = [key, secret].map(encodeURIComponent).join(':')
      const target = encodeURIComponent(options.endpoint ?? endpoint)
      return `s3://${user}@${bucket}/test/area?endpoint=${target}`
    },
  }
}

/** Makes it, when the server answers. */
async function hasBucket(endpoint: string, credentials: typeof CREDENTIALS): Promise<boolean> {
  const client = new S3Client({
    endpoint,
    credentials,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
  })
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    return true
  } catch (error) {
    return error instanceof Error && /^Bucket(AlreadyOwnedByYou|AlreadyExists)$/.test(error.name)
  } finally {
    client.destroy()
  }
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go', 'bin')]
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}
