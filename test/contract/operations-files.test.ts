import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../config/load.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { METRICS, type MetricRow } from '../../gateway/metrics/metric-table.ts'
import { byToken, newPerson } from '../support/api-people.ts'
import { describeWith, run } from '../support/programs.ts'
import { promqlNames } from '../support/promql-names.ts'

const OPS = resolve(import.meta.dirname, '../../ops')
const ALERTS = join(OPS, 'prometheus/alerts.yml')
/** What Prometheus adds to every series, and its own metric. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance', 'le'] }

let folder: string
let gateway: Gateway
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-operations-'))
  gateway = await startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data: folder,
        api: { port: 0 },
        sftp: { port: 0 },
        as2: { port: 0, httpsPort: 0 },
        pesit: { port: 0 },
        log: { level: 'silent' },
      },
    }),
  )
  url = gateway.run.url ?? ''
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

const read = (token?: string): Promise<Response> =>
  fetch(
    `${url}/metrics`,
    token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
  )

describe('/metrics of a gateway', () => {
  test('has every metric of the table, of its kind and with its words', async () => {
    const answer = await read(gateway.run.token)
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const lines = (await answer.text()).split('\n')
    for (const [name, { kind, meaning }] of Object.entries<MetricRow>(METRICS)) {
      expect(lines).toContain(`# TYPE ${name} ${kind}`)
      expect(lines).toContain(`# HELP ${name} ${meaning.en}`)
    }
    expect(lines).toContain('raccord_dependency_up{dependency="listeners"} 1')
    expect(lines).toContain('raccord_dependency_up{dependency="workers"} 1')
    expect(lines).toContain('raccord_queue_depth{stage="decide"} 0')
  })

  test('is for those who may read it: nobody without a token, nor a user without a role', async () => {
    expect((await read()).status).toBe(401)
    const machine = byToken(url, gateway.run.token)
    const { person } = await newPerson(url, machine, 'prometheus', ['auditor'])
    const token = async (scopes: readonly string[]): Promise<string> => {
      const made = await person.ask('POST', '/tokens', { name: scopes.join(), scopes })
      return ((await made.json()) as { secret: string }).secret
    }
    expect((await read(await token(['metrics.show']))).status).toBe(200)
    expect((await read(await token(['session.show']))).status).toBe(403)
  })
})

describe('dashboards and alerts', () => {
  test('ask for metrics and labels that a gateway has', async () => {
    const text = await (await read(gateway.run.token)).text()
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', kind]) =>
      kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )
    const metrics = new Set([...shown, ...OF_PROMETHEUS.metrics])
    const labels = new Set<string>([
      ...Object.values<MetricRow>(METRICS).flatMap((row) => row.labels),
      ...OF_PROMETHEUS.labels,
    ])
    const expressions = [...(await alertExpressions()), ...(await dashboardExpressions())]
    expect(expressions.length).toBeGreaterThan(40)
    const asked = new Set<string>()
    for (const expression of expressions) {
      const names = promqlNames(expression)
      for (const name of names.metrics) {
        expect(metrics, expression).toContain(name)
        asked.add(name.replace(/_(?:bucket|sum|count)$/, ''))
      }
      for (const label of names.labels) expect(labels, expression).toContain(label)
    }
    // And nothing is counted that nobody looks at.
    expect([...asked]).toEqual(expect.arrayContaining(Object.keys(METRICS)))
  })

  test('of Grafana name the data source that is chosen, and each panel once', async () => {
    for (const board of await dashboards()) {
      const ids = board.panels.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const { datasource } of board.panels) expect(datasource.uid).toBe('${datasource}')
    }
  })
})

describeWith('promtool')('promtool', () => {
  test.each([
    ['check', 'rules', ALERTS],
    ['test', 'rules', join(OPS, 'prometheus/alerts.test.yml')],
    ['check', 'config', join(OPS, 'prometheus/prometheus.yml')],
  ])('%s %s %s is content', (...args) => {
    const { code, stdout, stderr } = run('promtool', args)
    expect(code, stdout + stderr).toBe(0)
  })

  test('has a test for every alert', async () => {
    const tests = await readFile(join(OPS, 'prometheus/alerts.test.yml'), 'utf8')
    for (const { alert } of await alertRules()) expect(tests).toContain(`alertname: ${alert}\n`)
  })
})

interface Rule {
  readonly alert: string
  readonly expr: string
}

async function alertRules(): Promise<readonly Rule[]> {
  const { groups } = parse(await readFile(ALERTS, 'utf8')) as {
    groups: readonly { rules: readonly Rule[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

const alertExpressions = async (): Promise<readonly string[]> =>
  (await alertRules()).map(({ expr }) => expr)

interface Dashboard {
  readonly templating: {
    readonly list: readonly { readonly type: string; readonly query: string }[]
  }
  readonly panels: readonly {
    readonly id: number
    readonly datasource: { readonly uid: string }
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

async function dashboards(): Promise<readonly Dashboard[]> {
  const names = await readdir(join(OPS, 'grafana'))
  const files = names.filter((name) => name.endsWith('.json'))
  return Promise.all(
    files.map(async (name) => {
      return JSON.parse(await readFile(join(OPS, 'grafana', name), 'utf8')) as Dashboard
    }),
  )
}

async function dashboardExpressions(): Promise<readonly string[]> {
  return (await dashboards()).flatMap(({ panels, templating }) => [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.filter(({ type }) => type === 'query').map(({ query }) => query),
  ])
}
