import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { GatewayError } from '../gateway/errors.ts'
import { loadConfig, type ConfigSources } from './load.ts'
import { configSchema } from './schema.ts'
import { SETTINGS } from './settings.ts'
import { startFolder } from './start-folder.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'raccord-config-')))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The faults of a configuration, one a line. */
function faults(sources: ConfigSources): string[] {
  try {
    loadConfig(sources)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CONFIG_INVALID') throw error
    return error.message.split('\n  - ').slice(1)
  }
  throw new Error('The configuration was taken.')
}

describe('the configuration', () => {
  test('without file, environment or command line is the defaults, with an absolute data folder', () => {
    const config = loadConfig({ environment: {} })
    expect(config).toEqual({ ...configSchema.parse({}), data: resolve('.raccord') })
  })

  test('of the example file is the defaults', () => {
    const example = resolve(import.meta.dirname, 'gateway.example.yaml')
    expect(loadConfig({ environment: {}, file: example })).toEqual(loadConfig({ environment: {} }))
  })

  test('takes the command line over the environment over the file over the default', () => {
    const path = file('layers.yaml', 'sftp: { port: 1, host: a, idleSeconds: 9 }\nhost: b\n')
    const config = loadConfig({
      file: path,
      environment: { RACCORD_SFTP__PORT: '2', RACCORD_SFTP__HOST: 'c' },
      overrides: { sftp: { port: '3' } },
    })
    expect(config.sftp).toMatchObject({ port: 3, host: 'c', idleSeconds: 9, maxHandles: 64 })
    expect(config.host).toBe('b')
  })

  test('finds its file by RACCORD_CONFIG, and wants the one it is given', () => {
    const path = file('named.yaml', 'api: { port: 81 }')
    expect(loadConfig({ environment: { RACCORD_CONFIG: path } }).api.port).toBe(81)
    const other = file('other.yaml', '{"api": {"port": 82}}')
    expect(loadConfig({ file: other, environment: { RACCORD_CONFIG: path } }).api.port).toBe(82)
  })

  test('takes lists with commas, booleans and numbers from the environment', () => {
    const config = loadConfig({
      environment: {
        RACCORD_ROLES: 'listeners, api',
        RACCORD_SFTP__TEMPORARY_NAMES: '*.tmp',
        RACCORD_SFTP__POST_QUANTUM: 'False',
        RACCORD_API__ENABLED: '1',
        RACCORD_LIMITS__MAX_INVOICES_PER_FLOW: '100000',
        RACCORD_PUBLIC_HOST: '',
        RACCORD_DELIVERY__RETRY_SECONDS: '60, 120',
        RACCORD_ALERTS__CERTIFICATE_DAYS: '30',
      },
    })
    expect(config.delivery.retrySeconds).toEqual([60, 120])
    expect(config.alerts.certificateDays).toEqual([30])
    expect(config.roles).toEqual(['listeners', 'api'])
    expect(config.sftp.temporaryNames).toEqual(['*.tmp'])
    expect([config.sftp.postQuantum, config.api.enabled]).toEqual([false, true])
    expect(config.limits.maxInvoicesPerFlow).toBe(100_000)
  })

  test('takes a secret from the file that …_FILE names', () => {
    const path = file('secret', 'postgresql://u:hush@db/raccord\n')
    const config = loadConfig({ environment: { RACCORD_JOURNAL__URL_FILE: path } })
    expect(config.journal.url).toBe('postgresql://u:hush@db/raccord')
    const hooks = ['https://one.example/hush', 'https://two.example/hush']
    const several = file('hooks', `${hooks.join('\n')}\n`)
    const environment = { RACCORD_ALERTS__WEBHOOKS_FILE: several }
    expect(loadConfig({ environment }).alerts.webhooks).toEqual(hooks)
  })

  test('lets the names pass that are no settings but ours', () => {
    const environment = { RACCORD_URL: 'x', RACCORD_TOKEN: 'y', RACCORD_SHARED: 'z', PATH: '/bin' }
    expect(loadConfig({ environment })).toEqual(loadConfig({ environment: {} }))
  })

  test('cannot be changed, however deep', () => {
    const config = loadConfig({ environment: {} })
    expect(() => Object.assign(config.sftp, { port: 1 })).toThrow(TypeError)
    expect(() => (config.roles as string[]).push('x')).toThrow(TypeError)
  })
})

describe('a wrong configuration', () => {
  test('stops with every fault, where it was said and what to do', () => {
    const path = file(
      'wrong.yaml',
      'sftp:\n  port: 99999\n  prot: 5\nroles: [nobody, x]\nlog: 7\nreport: { mode: loud }\n',
    )
    const lines = faults({
      file: path,
      environment: {
        RACCORD_SFTP__PROT: '1',
        RACCORD_API__PORT: 'eighty',
        RACCORD_SFTP__ENABLED: 'maybe',
      },
      overrides: { data: '', sftp: { outboundFolder: 'depot' } },
    })
    expect(lines).toEqual([
      'sftp.prot (wrong.yaml, line 3): no such setting. Did you mean sftp.port?',
      expect.stringMatching(/^log \(wrong\.yaml, line 5\): holds settings of its own/),
      'RACCORD_SFTP__PROT: no such setting. Did you mean RACCORD_SFTP__PORT?',
      expect.stringMatching(/^data \(command line\): given "", wants text, not empty/),
      expect.stringMatching(/^roles \(wrong\.yaml, line 4\): given \["nobody","x"\]/),
      expect.stringMatching(/^api\.port \(RACCORD_API__PORT\): given "eighty", wants a whole/),
      expect.stringMatching(/^sftp\.enabled \(RACCORD_SFTP__ENABLED\): given "maybe", wants true/),
      'sftp.port (wrong.yaml, line 2): given 99999, wants a whole number from 0 to 65535. Correct or remove it; the default is 2222.',
      expect.stringMatching(/^sftp\.outboundFolder \(command line\): .* another name than/),
      expect.stringMatching(/^report\.mode \(wrong\.yaml, line 6\): given "loud", wants one of/),
    ])
  })

  test('never shows a secret, and says when it is given twice', () => {
    const secret = file('twice', 'sqlite:')
    const environment = { RACCORD_QUEUE__URL: 'redis://:hush@q', RACCORD_QUEUE__URL_FILE: secret }
    const wrong = file('secret.yaml', 'journal: { url: [hush] }')
    const lines = faults({ file: wrong, environment })
    expect(lines).toHaveLength(2)
    expect(lines.join()).toContain('given (hidden)')
    expect(lines.join()).not.toContain('hush')
  })

  test.each([
    ['not there', join(folder, 'none.yaml'), /cannot be read/],
    ['no YAML', file('broken.yaml', 'sftp:\n  port: [1\n'), /line \d+\): not well-formed/],
    ['with a key twice', file('double.yaml', 'host: a\nhost: b\n'), /line 2\): not well-formed/],
    ['of two documents', file('two.yaml', 'host: a\n---\nhost: b\n'), /not well-formed/],
    ['a list', file('list.yaml', '- host\n'), /the configuration .*holds settings of its own/],
    ['too large', file('large.yaml', '#'.repeat(1_100_000)), /larger than 1 MiB/],
    ['nested without end', file('deep.yaml', '['.repeat(50_000)), /not well-formed/],
    [
      'growing by aliases',
      file('bomb.yaml', `a: &a [x]\nb: &b [*a]\nroles: [${'*a,'.repeat(200)}*b]\n`),
      /not well-formed/,
    ],
  ])('from a file that is %s says so', (_, path, expected) => {
    expect(faults({ file: path, environment: {} }).join('\n')).toMatch(expected)
  })

  test('from an empty file is right', () => {
    expect(loadConfig({ environment: {}, file: file('empty.yaml', '# nothing\nsftp:\n') })).toEqual(
      loadConfig({ environment: {} }),
    )
  })
})

describe('relative paths', () => {
  const checkout = join(folder, 'checkout')
  mkdirSync(checkout)
  const npm = { INIT_CWD: folder, npm_package_json: join(checkout, 'package.json') }

  test('are meant from where the user stands when npm started us', () => {
    expect(startFolder(npm, checkout)).toBe(folder)
  })

  test('are meant from the process’s own folder otherwise', () => {
    expect(startFolder({}, checkout)).toBe(checkout)
    expect(startFolder({ INIT_CWD: folder }, checkout)).toBe(checkout)
    expect(startFolder(npm, tmpdir())).toBe(tmpdir())
  })
})

test('every setting has a meaning, a range and an environment name of its own', () => {
  expect(SETTINGS.every((one) => one.meaning !== '' && one.range !== '')).toBe(true)
  expect(new Set(SETTINGS.map((one) => one.environmentName)).size).toBe(SETTINGS.length)
  expect(SETTINGS.every((one) => one.default !== undefined)).toBe(true)
})

test('production judges as the real platform: faithful reports, unknown recipients refused', () => {
  const production = { RACCORD_ENVIRONMENT: 'production' }
  const config = loadConfig({ environment: production })
  expect(config.report.mode).toBe('faithful')
  expect(config.directory.unknown).toBe('refuse')
  const asked = loadConfig({ environment: { ...production, RACCORD_REPORT__MODE: 'full' } })
  expect(asked.report.mode).toBe('full')
  expect(loadConfig({ environment: {} }).report.mode).toBe('full')
})
