import { resolve } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { RunFile } from '../run-file.ts'
import { PROTOCOL_NAMES } from './protocol-names.ts'

/** What listens where, said first. */
export function banner(run: RunFile, config: Config): string {
  const listeners = run.listeners.map(
    ({ protocol, host, port }) => `${PROTOCOL_NAMES[protocol]} ${host}:${port}`,
  )
  return [
    `Simulated Chorus Pro gateway ${run.version} (${run.environment}) — data in ${resolve(config.data)}`,
    `  ${[...listeners, ...(run.url === null ? [] : [`API ${run.url}/api/v1`])].join('   ')}`,
    `  journal ${run.journal}   queue ${run.queue}   payloads ${run.payloads}`,
  ].join('\n')
}
