import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { hasPostgres } from './test/support/services.ts'

const SOURCES = '{gateway,protocols,processing,config,certs,docs,test/support,bench}/**/*.test.ts'
/**
 * Threads and programs of the sources that tests start: each would strip and compile them anew, which
 * is half of what opening a journal costs.
 */
process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, 'node_modules/.cache/tests')

/**
 * No limit here is a check: a machine that does much else may take long. The default of a poll is one
 * second, of a hook ten.
 */
const PATIENCE = {
  testTimeout: 300_000,
  hookTimeout: 400_000,
  expect: { poll: { timeout: 60_000, interval: 20 } },
}
/**
/**
 * Most tests wait for processes, for the disk and for each other: with a worker a core, as many cores
 * are idle as work. (Unless told otherwise one core is left out altogether.) Of many cores no more:
 * each suite starts programs of its own, and all share one PostgreSQL.
 */
const TWO_A_CORE = Math.min(availableParallelism() * 2, 8)
/** Of the tiers in which many gateways are started. */
const MANY_KEYS = {
  globalSetup: ['test/support/prime-setup.ts'],
  setupFiles: ['test/support/quick-rsa-keys.ts'],
}
/**
 * Suites over a table, of which `npm test` runs each row in one of the places where it can be met
 * (test/support/table-rows.ts): run once more, with every row in every place.
 */
const TABLES = ['test/e2e/{fault-matrix,qualification}.test.ts']
/**
 * Suites that open a journal and do not ask which: run once more on PostgreSQL. Those over
 * JOURNAL_ADAPTERS run on each engine by themselves.
 */
const ON_POSTGRES = [
  'test/contract/{api,api-events,api-requests,api-roles,as2-race,certificate-uploads,intake}.test.ts',
  'test/contract/{landed-payloads,mailbox,payload-uploads,payloads,pipeline,pipeline-invoices}.test.ts',
  'test/contract/{hooks,invoice-faults,report-faults,returns}.test.ts',
  'test/contract/{pipeline-settings,protocol-memory,sessions,staging}.test.ts',
  'test/contract/{recipient-flows,received-statuses}.test.ts',
  'gateway/{accounts,mail}/*.test.ts',
  'gateway/environment-fact.test.ts',
  'gateway/connections/{application-codes,connection-transfer,connections}.test.ts',
  'gateway/connections/open-connection-forms.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...PATIENCE,
          ...MANY_KEYS,
          name: 'unit',
          include: [SOURCES],
          maxWorkers: TWO_A_CORE,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...MANY_KEYS,
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: [...MANY_KEYS.globalSetup, 'test/support/journal-setup.ts'],
          maxWorkers: TWO_A_CORE,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...MANY_KEYS,
          name: 'postgres',
          include: hasPostgres ? ON_POSTGRES : [],
          globalSetup: [...MANY_KEYS.globalSetup, 'test/support/postgres-setup.ts'],
          maxWorkers: Math.max(1, TWO_A_CORE - 1),
        },
      },
      {
        test: {
          ...PATIENCE,
          ...MANY_KEYS,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          maxWorkers: TWO_A_CORE,
        },
      },
      {
        test: {
          ...PATIENCE,
          ...MANY_KEYS,
          name: 'tables',
          include: TABLES,
          env: { WHOLE_TABLES: 'true' },
          testTimeout: 600_000,
          maxWorkers: TWO_A_CORE,
        },
      },
      {
        // Programs of others, installed when the tests run; docs/interop.md is written by them.
        test: {
          ...PATIENCE,
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      {
        // Each suite has processes of its own to kill, and takes both cores.
        test: {
          ...PATIENCE,
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...PATIENCE,
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
