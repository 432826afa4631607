import { join } from 'node:path'
import { INTERFACE_CODES } from '../config/interface-codes.ts'
import type { Config, Role } from '../config/schema.ts'
import { createFlowDelay } from '../processing/flow-delay.ts'
import type { OfferReturnFlow } from '../processing/pipeline-context.ts'
import type { Pipeline } from '../processing/pipeline.ts'
import { createFailedTries } from '../protocols/failed-tries.ts'
import type { Listener } from '../protocols/listener.ts'
import type { Accounts } from './accounts/accounts.ts'
import { openAccounts } from './accounts/open-accounts.ts'
import { openAlerts } from './alerts/alerts.ts'
import type { ApiServer } from './api/api-server.ts'
import { newToken } from './api/bearer-token.ts'
import { openCertificateTrust } from './certificate-trust.ts'
import { OffsetClock } from './clock.ts'
import { openConnections, type Connections } from './connections/connections.ts'
import { openConnectionForms, type GatewayForms } from './connections/open-connection-forms.ts'
import { createCertificatesOf } from './connections/partner-certificates.ts'
import { dueAt, offerReturnFlow } from './delivery/outbox.ts'
import { openReceiptOutbox } from './delivery/receipt-outbox.ts'
import { JournaledDirectory } from './directory/journaled-directory.ts'
import type { GatewayError } from './errors.ts'
import { healthChecks } from './health-checks.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import { listenerServices } from './listener-services.ts'
import { createLogger, type Logger } from './logger.ts'
import { lookAtGateway } from './metrics/gateway-gauges.ts'
import { measureSessions } from './metrics/measured-sessions.ts'
import { Metrics } from './metrics/metrics.ts'
import { startMetricsListener } from './metrics/metrics-listener.ts'
import { openMailOutbox } from './mail/mail-outbox.ts'
import type { Preparation } from './preparation.ts'
import { createProtocolMemory } from './protocol-memory.ts'
import { roleChores } from './role-chores.ts'
import { removeRunFile, writeRunFile, type RunFile } from './run-file.ts'
import { openSessionRecords } from './sessions/session-records.ts'
import { diskChores } from './start-alerts.ts'
import { startDelivery } from './start-delivery.ts'
import { startFoundation } from './start-foundation.ts'
import { startListeners } from './start-listeners.ts'
import { createPartnerServerTls } from './partner-servers.ts'
import { createReceiptPost } from './start-receipts.ts'
import { openStaging } from './staging/staging.ts'
import { VERSION } from './version.ts'

/** A running gateway, as `serve` and `demo` hold it. */
export interface Gateway {
  /** What `run.json` says: ports, token, engines. */
  readonly run: RunFile
  readonly connections: Connections
  readonly forms: GatewayForms
  readonly accounts: Accounts
  readonly identity: Identity
  readonly log: Logger
  /** Resolves, if ever, once the gateway can promise nothing any more: it has to be stopped. */
  readonly lost: Promise<GatewayError>
  /**
   * In reverse order of the start; what is in hand may finish within `stopGraceSeconds`, or not
   * at all once the gateway is lost.
   */
  stop(): Promise<void>
}

/**
 * The composition root: builds everything by hand in the order a flow takes, and stops it in
 * reverse. When a part cannot start, those before it are stopped again. What only one role needs is
 * loaded with that role: a process that only listens is 13 MiB smaller for it.
 * @param purpose in the demo people may sign in without a password, on this machine (decisions F2)
 * @param preparation not over: the gateway listens and is not ready yet
 * @throws GatewayError of the part that could not start
 */
export async function startGateway(
  config: Config,
  purpose: 'serve' | 'demo' = 'serve',
  preparation?: Preparation,
): Promise<Gateway> {
  const log = createLogger(config.log.level)
  const clock = new OffsetClock()
  const metrics = new Metrics()
  let graceMilliseconds = config.stopGraceSeconds * 1_000
  const has = (role: Role): boolean => config.roles.includes(role)
  const within = (folder: string): string => join(config.data, folder)

  const undo: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) {
      await step().catch((error: unknown) => log.error({ err: error }, 'a part did not stop well'))
    }
  }

  // Whatever the gateway writes, the journal's own files too, is for its owner alone.
  process.umask(0o077)
  try {
    const foundation = await startFoundation({
      config,
      clock,
      log,
      graceMilliseconds: () => graceMilliseconds,
      onStop: (end) => undo.push(end),
    })
    const { journal, holder, lease, clockControl, faults, queue, held, identity } = foundation
    const { payloads } = held
    void journal.lost.then(() => {
      graceMilliseconds = 0
    })
    // Whoever is signed in may have the test authority sign: it proves nothing in production.
    const testRootPem = config.environment === 'production' ? undefined : identity.testRootPem
    const trust = openCertificateTrust(config.certs, testRootPem, log)
    const connections = await openConnections({
      journal,
      clock,
      log,
      environment: config.environment,
    })
    undo.push(async () => connections.close())
    const mail = openMailOutbox({ journal, clock, log, settings: config.mail })
    const forms = openConnectionForms({
      journal,
      clock,
      log,
      environment: config.environment,
      activation: config.connections.activation,
      trust,
      mail,
      mailLanguage: config.mail.language,
      memory: connections,
    })
    undo.push(() => forms.processing.stop())

    const records = await openSessionRecords({
      journal,
      payloads,
      clock,
      log,
      folder: within('transcripts'),
      blockedBecause: (id) => connections.find(id)?.blocked,
      ...(lease === undefined ? {} : { processId: lease.id }),
    })
    undo.push(() => records.close())
    const sessions = measureSessions(records, metrics)
    const memory = createProtocolMemory({ journal, clock })
    const staging = await openStaging({
      folder: within('staging'),
      journal,
      holder,
      clock,
      log,
      partSeconds: config.sftp.stagedPartSeconds,
    })
    undo.push(() => staging.close())
    const flowDelay = createFlowDelay(config.pipeline.delay, clock)

    const directory = await JournaledDirectory.open({
      journal,
      clock,
      environment: config.environment,
    })
    const offer: OfferReturnFlow = (returnFlow, terms) =>
      offerReturnFlow(journal, returnFlow, dueAt(connections, returnFlow.connectionId), terms)
    const startPipeline = async (): Promise<Pipeline> => {
      const { startWorkers } = await import('./start-workers.ts')
      return await startWorkers({
        config,
        journal,
        payloads,
        queue,
        clock,
        clockControl,
        faults,
        identity,
        connections,
        directory,
        offerReturnFlow: offer,
        flowDelay,
        mail,
        metrics,
        log,
        onStop: (end) => undo.push(() => end(graceMilliseconds)),
      })
    }
    const pipeline = has('workers') ? await startPipeline() : undefined

    const shared = { config, journal, clock, mail, log }
    const housekeeping = new Housekeeping(log)
    undo.push(() => housekeeping.stop())
    housekeeping.start([
      ...held.chores,
      ...diskChores({ ...shared, holder, freeDiskBytes: () => staging.freeDiskBytes() }),
      { name: 'kept parts past their time', everySeconds: 300, run: () => staging.expire() },
      { name: 'protocol records past their time', everySeconds: 300, run: () => memory.expire() },
      { name: 'keys that change', everySeconds: 60, run: () => identity.refresh() },
      { name: 'old session records', everySeconds: 3_600, run: () => records.purge() },
      ...roleChores(config.roles, { forms, journal, clock, metrics }),
    ])

    const listeners: Listener[] = []
    const certificatesOf = createCertificatesOf(journal, (id) => connections.find(id))
    const serverTls = createPartnerServerTls({ trust, clock })
    const receipts = openReceiptOutbox({
      journal,
      clock,
      log,
      faults,
      settings: config.as2,
      post: createReceiptPost(config, { serverTls, certificatesOf, connections }),
    })
    if (has('delivery')) {
      await startDelivery({
        config,
        journal,
        payloads,
        connections,
        certificatesOf,
        serverTls,
        identity,
        memory,
        sessions: records,
        clock,
        faults,
        metrics,
        receipts,
        listeners: () => listenersOf(listeners),
        log,
        onStop: (end) => undo.push(() => end(graceMilliseconds)),
      })
    }

    if (has('listeners')) {
      const services = listenerServices({
        config,
        journal,
        queue,
        payloads,
        staging,
        connections,
        memory,
        sessions,
        failedTries: createFailedTries(config.failedTries),
        flowDelay,
        metrics,
        clock,
        faults,
        log,
      })
      await startListeners({
        config,
        services,
        identity,
        queueReceipt: receipts.queue,
        started: (listener) => {
          listeners.push(listener)
          undo.push(() => listener.stop(graceMilliseconds))
        },
      })
    }

    const token = newToken()
    const accounts = openAccounts({
      journal,
      clock,
      log,
      settings: config.signIn,
      environment: config.environment,
      machineToken: token,
      isDemo: purpose === 'demo',
    })
    undo.push(async () => accounts.close())
    housekeeping.start([
      { name: 'sessions that are over', everySeconds: 3_600, run: () => accounts.purge() },
    ])
    const parts = { config, journal, queue, payloads: held.store, clock, log }
    const own = healthChecks({ ...parts, staging, listeners, pipeline })
    const checks = preparation === undefined ? own : [...own, preparation.check]
    const { language } = config.mail
    const alerts = openAlerts({ ...shared, settings: config.alerts, language })
    lookAtGateway(metrics, { ...parts, connections, checks, faults, alerts })
    const serveApi = async (): Promise<ApiServer> => {
      const { startApi } = await import('./start-api.ts')
      return await startApi({
        config,
        journal,
        queue,
        payloads,
        staging,
        connections,
        memory,
        checks,
        metrics,
        clock: clockControl,
        faults,
        identity,
        trust,
        accounts,
        forms,
        alerts,
        directory,
        offerReturnFlow: offer,
        listeners: listenersOf(listeners),
        log,
      })
    }
    const api = has('api') && config.api.enabled ? await serveApi() : undefined
    if (api !== undefined) undo.push(() => api.stop())
    const health =
      api === undefined && config.metrics.enabled
        ? await startMetricsListener({ ...config.metrics, metrics, checks, log })
        : undefined
    if (health !== undefined) undo.push(() => health.stop())

    const run: RunFile = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      version: VERSION,
      environment: config.environment,
      url: api?.url ?? null,
      ...(health === undefined ? {} : { healthUrl: health.url }),
      ...(config.api.tls === 'own' ? { apiRootPem: (await identity.ownAuthority()).rootPem } : {}),
      token,
      listeners: listenersOf(listeners),
      journal: journal.engine,
      queue: queue.engine,
      payloads: payloads.engine,
    }
    await writeRunFile(config.data, run)
    undo.push(() => removeRunFile(config.data))

    log.info(
      {
        listeners: run.listeners,
        api: run.url,
        health: run.healthUrl,
        codes: INTERFACE_CODES.filter((row) => row.available).length,
      },
      'listening',
    )
    return { run, connections, forms, accounts, identity, log, lost: journal.lost, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const listenersOf = (listeners: readonly Listener[]) =>
  listeners.map(({ protocol, address, url }) => ({
    protocol,
    ...address,
    ...(url === undefined ? {} : { url }),
  }))
