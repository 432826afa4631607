import { access, constants, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { errorCode } from '../durable-files.ts'
import type { ProtocolName } from '../flow.ts'
import { readRunFile, type RunFile } from '../run-file.ts'
import { ApiClient } from './api-client.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { PROTOCOL_NAMES } from './protocol-names.ts'
import { writeJson, writeOut } from './terminal.ts'

interface Diagnosis {
  readonly what: string
  readonly verdict: 'pass' | 'warning' | 'fail'
  readonly detail: string
  readonly nextStep?: string
}

const CONNECT_TIMEOUT_MILLISECONDS = 3_000

/** `raccord doctor`: what works, what does not, what to do about it. */
export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description('Check the Node, the data folder and the gateway that runs on it.')
    .option('--data <folder>', 'data folder (RACCORD_DATA)')
    .option('--json', 'one JSON document')
    .action(async (options: { readonly data?: string; readonly json?: boolean }) => {
      const config = loadConfig({
        environment: context.environment,
        ...(options.data === undefined ? {} : { overrides: { data: options.data } }),
      })
      const run = await readRunFile(config.data)
      const diagnoses = [
        nodeVersion(),
        await dataFolder(config.data, config.limits.minFreeDiskBytes),
        runningGateway(run, config.data),
        ...(run === undefined ? [] : await Promise.all(liveChecks(run))),
      ].flat()
      const isWell = diagnoses.every((diagnosis) => diagnosis.verdict !== 'fail')
      if (options.json === true) await writeJson({ ok: isWell, checks: diagnoses })
      else await writeOut(`${diagnoses.map(diagnosisLine).join('\n')}\n`)
      if (!isWell) throw new CommandFailure(EXIT.expectedFailure, 'Not everything is well.')
    })
}

function diagnosisLine({ what, verdict, detail, nextStep }: Diagnosis): string {
  const mark = { pass: '✓', warning: '!', fail: '✗' }[verdict]
  return `${mark} ${what}: ${detail}${nextStep === undefined ? '' : `\n  → ${nextStep}`}`
}

function nodeVersion(): Diagnosis {
  return { what: 'Node', verdict: 'pass', detail: process.versions.node }
}

async function dataFolder(folder: string, floorBytes: number): Promise<Diagnosis> {
  const what = 'data folder'
  try {
    await access(folder, constants.W_OK)
  } catch {
    return {
      what,
      verdict: 'warning',
      detail: `${resolve(folder)} is not there yet, or cannot be written`,
      nextStep: 'raccord demo makes it',
    }
  }
  const disk = await statfs(folder)
  const freeBytes = disk.bavail * disk.bsize
  const detail = `${resolve(folder)} writable, ${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`
  return freeBytes > floorBytes
    ? { what, verdict: 'pass', detail }
    : {
        what,
        verdict: 'fail',
        detail,
        nextStep: 'free some room: transfers are refused below limits.minFreeDiskBytes',
      }
}

function runningGateway(run: RunFile | undefined, folder: string): Diagnosis {
  const what = 'gateway'
  if (run === undefined) {
    return {
      what,
      verdict: 'warning',
      detail: `none runs on ${resolve(folder)}`,
      nextStep: 'raccord serve',
    }
  }
  try {
    process.kill(run.pid, 0)
    return {
      what,
      verdict: 'pass',
      detail: `version ${run.version}, process ${run.pid}, ${run.environment}`,
    }
  } catch (error) {
    if (errorCode(error) === 'EPERM') {
      const detail = `process ${run.pid} runs for another user`
      return { what, verdict: 'warning', detail, nextStep: 'use the commands as that user' }
    }
    return {
      what,
      verdict: 'fail',
      detail: `process ${run.pid} of run.json is gone: it was killed`,
      nextStep: 'raccord serve — it takes up what was in hand',
    }
  }
}

function liveChecks(run: RunFile): Promise<Diagnosis | Diagnosis[]>[] {
  return [
    ...run.listeners.map(({ protocol, host, port }) => greeting(protocol, host, port)),
    ...(run.url === null && run.healthUrl === undefined ? [] : [ownChecks(run)]),
  ]
}

async function ownChecks(run: RunFile): Promise<Diagnosis[]> {
  const client = run.url === null ? new ApiClient(run.healthUrl ?? '', '') : ApiClient.ofRun(run)
  try {
    const { isReady, checks } = await client.ready()
    return checks.map(({ name, ok, detail }) => ({
      what: name,
      // Ready all the same: partners are served without it.
      verdict: ok ? 'pass' : isReady ? 'warning' : 'fail',
      detail,
    }))
  } catch {
    return [{ what: 'health', verdict: 'fail', detail: `${client.url} does not answer` }]
  }
}

/**
 * Connects, and of SSH reads the first line: its server says its name before anything else. The
 * other protocols wait for the caller.
 */
function greeting(protocol: ProtocolName, host: string, port: number): Promise<Diagnosis> {
  const what = PROTOCOL_NAMES[protocol]
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return new Promise((done) => {
    const socket = connect({ host: target, port, timeout: CONNECT_TIMEOUT_MILLISECONDS })
    const end = (diagnosis: Diagnosis): void => {
      socket.destroy()
      done(diagnosis)
    }
    if (protocol !== 'sftp') {
      const detail = `${host}:${port} takes connections`
      socket.once('connect', () => end({ what, verdict: 'pass', detail }))
    }
    socket.once('data', (bytes) =>
      end({
        what,
        verdict: 'pass',
        detail: `${host}:${port} answers ${bytes.toString('latin1').split('\r\n')[0]}`,
      }),
    )
    socket.once('timeout', () =>
      end({ what, verdict: 'fail', detail: `${host}:${port} says nothing` }),
    )
    socket.once('error', () =>
      end({ what, verdict: 'fail', detail: `nothing answers on ${host}:${port}` }),
    )
  })
}
