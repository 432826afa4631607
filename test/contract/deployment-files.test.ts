import { cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../config/load.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { describeWith, isInstalled, run } from '../support/programs.ts'
import { startS3 } from '../support/s3-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const HAPROXY_CONFIG = join(ROOT, 'ops/haproxy/haproxy.cfg')
const SECRETS = '/run/secrets/'

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly profiles?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly healthcheck?: unknown
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const readRoot = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')
const compose = parse(await readRoot('docker-compose.yml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const ours = services.filter(([name, { image }]) => image === 'raccord:local' && name !== 'bucket')

/** What `sh ops/make-secrets.sh` leaves. */
async function makeSecrets(): Promise<string> {
  const folder = join(await temporaryFolder(), 'secrets')
  const made = run('sh', [join(ROOT, 'ops/make-secrets.sh'), folder])
  expect(made.code, made.stderr).toBe(0)
  return folder
}

describe('ops/make-secrets.sh', () => {
  test('makes each secret that docker-compose.yml names, and keeps what is there', async () => {
    const folder = await makeSecrets()
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const read = (): Promise<string[]> =>
      Promise.all(Object.keys(compose.secrets).map((name) => readFile(join(folder, name), 'utf8')))
    const first = await read()
    expect(new Set(first).size).toBe(first.length)
    expect(run('sh', [join(ROOT, 'ops/make-secrets.sh'), folder])).toMatchObject({ code: 0 })
    expect(await read()).toEqual(first)
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      expect(file).toBe(`./secrets/${name}`)
    }
  })
})

describe('docker-compose.yml', () => {
  test('gives each process of the gateway settings that are right, with its own role', async () => {
    const folder = await makeSecrets()
    const roles = new Map<string, string>()
    for (const [name, { command = [], environment = {} }] of ours) {
      const own = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [
          key,
          value.replace(SECRETS, `${folder}/`).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
        ]),
      )
      const { roles: ownRoles, ...config } = loadConfig({
        environment: own,
        overrides: command.includes('--roles')
          ? { roles: command[command.indexOf('--roles') + 1] }
          : {},
      })
      roles.set(name, ownRoles.join())
      if (name === 'single') continue
      expect(config.journal.url).toMatch(/^postgres:\/\/raccord:[\da-f]{48}@postgres:/)
      expect(config.queue.url).toMatch(/^redis:\/\/:[\da-f]{48}@valkey:/)
      expect(config.payloads.url).toMatch(/^s3:\/\/raccord:[\da-f]{48}@raccord-payloads\//)
      expect(config.identity.folder).toBe('/var/lib/raccord-identity')
    }
    expect(Object.fromEntries(roles)).toEqual({
      'listener-1': 'listeners',
      'listener-2': 'listeners',
      'worker-1': 'workers,delivery',
      'worker-2': 'workers,delivery',
      api: 'api',
      single: 'listeners,workers,delivery,api',
    })
  })

  test('gives each process a folder of its own, and all of them one identity', () => {
    const folders = ours.map(([, { volumes = [] }]) =>
      volumes.find((volume) => volume.endsWith(':/var/lib/raccord')),
    )
    expect(folders).not.toContain(undefined)
    expect(new Set(folders).size).toBe(ours.length)
    for (const [name, { volumes = [] }] of ours) {
      const isShared = volumes.includes('identity:/var/lib/raccord-identity')
      expect(isShared, name).toBe(name !== 'single')
    }
  })

  test('runs the gateway without rights and on a file system that cannot be written', () => {
    for (const [name, service] of ours) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
  })

  test('asks each service how it is, and holds no password', async () => {
    const unasked = services.filter(([, { healthcheck }]) => healthcheck === undefined)
    expect(unasked.map(([name]) => name)).toEqual(['prometheus'])
    const names = services.flatMap(([, { environment = {} }]) => Object.keys(environment))
    const bare = names.filter((name) => /PASSWORD|SECRET|URL/.test(name) && !name.endsWith('_FILE'))
    expect(bare).toEqual([])
    const used = services.flatMap(([, { secrets = [] }]) => secrets)
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(compose.secrets).toSorted())
  })

  test('publishes protocols and the API, and everything else to this machine at most', () => {
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    )
    expect(published.filter((port) => !port.includes('127.0.0.1:')).toSorted()).toEqual([
      'api ${API_PORT:-8080}:8080',
      'balancer ${SFTP_PORT:-2222}:2222',
      'single ${API_PORT:-8080}:8080',
      'single ${AS2_HTTPS_PORT:-8444}:8444',
      'single ${AS2_PORT:-8081}:8081',
      'single ${PESIT_PORT:-5001}:5001',
      'single ${SFTP_PORT:-2222}:2222',
    ])
  })

  test('is told to Prometheus as it is', async () => {
    const { scrape_configs } = parse(await readRoot('ops/prometheus/prometheus.yml')) as {
      scrape_configs: readonly { static_configs: readonly { targets: readonly string[] }[] }[]
    }
    const targets = scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((one) => one.targets),
    )
    const without = ours.filter(([name]) => !['api', 'single'].includes(name))
    expect(targets).toEqual(without.map(([name]) => `${name}:9464`))
  })
})

/** The plugin of Docker's own command, else Debian's older program. */
const composeProgram = isInstalled('docker-compose') ? ['docker-compose'] : ['docker', 'compose']

describeWith(composeProgram[0] ?? '')('docker compose config', () => {
  test.each([[[]], [['--profile', 'single']], [['--profile', 'observe']]])(
    'finds nothing wrong with %j',
    async (profiles) => {
      const folder = await temporaryFolder()
      await cp(join(ROOT, 'docker-compose.yml'), join(folder, 'docker-compose.yml'))
      expect(run('sh', [join(ROOT, 'ops/make-secrets.sh'), join(folder, 'secrets')]).code).toBe(0)
      const [program = '', ...first] = composeProgram
      const file = join(folder, 'docker-compose.yml')
      const checked = run(program, [...first, '--file', file, ...profiles, 'config', '--quiet'])
      expect(checked.code, checked.stderr).toBe(0)
    },
  )
})

describeWith('haproxy')('the balancer', () => {
  test('accepts its configuration with what docker-compose.yml says of the places', async () => {
    const { environment = {} } = compose.services['balancer'] ?? {}
    const asked = [...(await readRoot('ops/haproxy/haproxy.cfg')).matchAll(/"\$\{(\w+)\}"/g)]
    expect([...new Set(asked.map(([, name = '']) => name))].toSorted()).toEqual(
      Object.keys(environment).toSorted(),
    )
    const places = Object.entries({ ...environment, SFTP_BIND: `127.0.0.1:${await freePort()}` })
    const assignments = places.map(([name, value]) => `${name}=${value}`)
    const checked = run('env', [...assignments, 'haproxy', '-c', '-f', HAPROXY_CONFIG])
    expect(checked.code, checked.stderr).toBe(0)
  })
})

describe('Dockerfile', () => {
  test('copies what is there, and ends as a user without rights', async () => {
    const lines = (await readRoot('Dockerfile')).replaceAll('\\\n', ' ').split('\n')
    const copies = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1))
    expect(sources).toContain('gateway/cli/raccord.mjs')
    await Promise.all(sources.map((source) => stat(join(ROOT, source))))
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER 1000:1000')
    const bases = lines.filter((line) => line.startsWith('FROM '))
    for (const base of bases) expect(base).toMatch(/^FROM node:\d+\.\d+\.\d+-/)
  })
})

test('the bucket that a URL names is made, and is found there the next time', async () => {
  const server = await startS3()
  const folder = await temporaryFolder()
  const file = join(folder, 'payloads-url')
  const url = server.url({ bucket: 'raccord-payloads' })
  await writeFile(file, `${url}\n`)
  for (const _ of ['made', 'there']) {
    const made = run(process.execPath, [join(ROOT, 'ops/make-bucket.mjs'), file])
    expect(made.code, made.stderr).toBe(0)
  }
  const store = await openPayloads({ url, dataFolder: folder })
  await store.close()
})
