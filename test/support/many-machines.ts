import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { readRunFile, type RunFile } from '../../gateway/run-file.ts'
import { startProgram, until } from './child-program.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { startRaccord } from './raccord-command.ts'

/** The balancer's configuration that docker-compose.yml mounts. */
const HAPROXY_CONFIG = resolve(import.meta.dirname, '../../ops/haproxy/haproxy.cfg')

/** A process of the gateway, with a data folder of its own as on a machine of its own. */
export interface GatewayProcess {
  readonly name: string
  readonly data: string
  readonly run: RunFile
  /** kill -9. */
  kill(): Promise<void>
  /** Its /metrics: value by the whole line's name and labels. */
  metrics(): Promise<ReadonlyMap<string, number>>
}

/** What docker-compose.yml runs, as processes of this machine. */
export interface ManyMachines {
  readonly api: GatewayProcess
  readonly listeners: readonly GatewayProcess[]
  readonly workers: readonly GatewayProcess[]
  /** Where partners connect. */
  readonly balancerPort: number
}

/**
 * Starts two listeners behind a balancer, two workers and the API on one journal and one queue;
 * they share the payload store and a folder of identity, and nothing else. Ended with the test.
 */
export async function startManyMachines(servers: {
  readonly journalUrl: string
  readonly queueUrl: string
  readonly payloadsUrl: string
  readonly folder: string
}): Promise<ManyMachines> {
  const { folder } = servers
  const balancerPort = await freePort()
  const environment = {
    RACCORD_JOURNAL__URL: servers.journalUrl,
    RACCORD_QUEUE__URL: servers.queueUrl,
    RACCORD_PAYLOADS__URL: servers.payloadsUrl,
    RACCORD_IDENTITY__FOLDER: join(folder, 'identity'),
    RACCORD_PUBLIC_HOST: '127.0.0.1',
    RACCORD_SFTP__HOST: '127.0.0.1',
    RACCORD_SFTP__PORT: '0',
    RACCORD_SFTP__PUBLIC_PORT: String(balancerPort),
    RACCORD_SFTP__BALANCERS: '127.0.0.1',
    RACCORD_API__PORT: '0',
    RACCORD_METRICS__PORT: '0',
    RACCORD_CONNECTIONS__ACTIVATION: 'at-once',
    RACCORD_LOG__LEVEL: 'error',
  }
  const start = (name: string, roles: string): Promise<GatewayProcess> =>
    startProcess(name, { ...environment, RACCORD_ROLES: roles, RACCORD_DATA: join(folder, name) })
  const [api, first, second, ...workers] = await Promise.all([
    start('api', 'api'),
    start('listener-1', 'listeners'),
    start('listener-2', 'listeners'),
    start('worker-1', 'workers,delivery'),
    start('worker-2', 'workers,delivery'),
  ])
  await startBalancer(balancerPort, [first, second])
  return { api, listeners: [first, second], workers, balancerPort }
}

async function startProcess(
  name: string,
  environment: Readonly<Record<string, string>> & { readonly RACCORD_DATA: string },
): Promise<GatewayProcess> {
  const data = environment.RACCORD_DATA
  const child = startRaccord(['serve'], { environment })
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await child.ended
  })
  let run: RunFile | undefined
  while ((run = await readRunFile(data)) === undefined) {
    if (child.exitCode !== null) throw new Error(`${name}: ${(await child.ended).stderr}`)
    await new Promise((later) => {
      setTimeout(later, 50)
    })
  }
  const url = run.url ?? run.healthUrl ?? ''
  const headers = { Authorization: `Bearer ${run.token}` }
  return {
    name,
    data,
    run,
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async metrics() {
      const answer = await fetch(`${url}/metrics`, { headers })
      if (!answer.ok) throw new Error(`${name}: /metrics answered ${answer.status}`)
      return metricValues(await answer.text())
    },
  }
}

/** The samples of Prometheus' text format. */
export function metricValues(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

async function startBalancer(port: number, listeners: readonly GatewayProcess[]): Promise<void> {
  const healthPort = await freePort()
  const places = listeners.map(({ run }, index) => ({
    [`LISTENER_${index + 1}`]: `127.0.0.1:${run.listeners[0]?.port}`,
    [`LISTENER_${index + 1}_HEALTH`]: new URL(run.healthUrl ?? '').port,
  }))
  const environment = Object.assign(
    { SFTP_BIND: `127.0.0.1:${port}`, HEALTH_BIND: `127.0.0.1:${healthPort}` },
    process.env,
    ...places,
  )
  const haproxy = startProgram('haproxy', ['-db', '-f', HAPROXY_CONFIG], { environment })
  let hasEnded = false
  void haproxy.ended.then(() => {
    hasEnded = true
  })
  onTestFinished(async () => {
    haproxy.kill('SIGKILL')
    await haproxy.ended
  })
  await until('the balancer has a listener', async () => {
    if (hasEnded) throw new Error(haproxy.stderr())
    const answer = await fetch(`http://127.0.0.1:${healthPort}/healthz`).catch(() => undefined)
    return answer?.ok === true
  })
}
