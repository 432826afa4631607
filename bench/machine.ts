import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { VERSION } from '../gateway/version.ts'
import { openSshVersion } from './openssh-server.ts'

/** On what, and with which versions, something was measured. */
export interface MachineFacts {
  readonly processor: string
  readonly processors: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  readonly openssl: string
  readonly openssh: string
  readonly raccord: string
  readonly measuredAt: string
  /** Load of the last minute when the bench began: other work makes figures doubtful. */
  readonly loadAtStart: number
}

export function machineFacts(): MachineFacts {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    memoryBytes: totalmem(),
    system: `Linux ${release()}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
    openssh: openSshVersion(),
    raccord: VERSION,
    measuredAt: new Date().toISOString(),
    loadAtStart: Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]),
  }
}
