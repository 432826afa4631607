import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { errorCode } from '../../durable-files.ts'
import { probeStep } from './probe-answers.ts'
import type { ProbeStep, ProbeTarget } from './probe.ts'
import { StepTimeout, within } from './step-timer.ts'

export interface StepLimits {
  /** For each step. */
  readonly seconds: number
  readonly signal: AbortSignal | undefined
}

/** No partner has more; what a hostile name server adds is not tried. */
const MAX_ADDRESSES = 4

/** The addresses of the target, all of them checked before any is called. */
export async function resolveTarget(
  { host }: ProbeTarget,
  isCallable: (address: string) => boolean,
  { seconds, signal }: StepLimits,
): Promise<{ readonly step: ProbeStep; readonly addresses: readonly string[] }> {
  const start = performance.now()
  const took = (): number => performance.now() - start
  try {
    const found =
      isIP(host) === 0
        ? (await within(seconds, signal, () => lookup(host, { all: true }))).map(
            ({ address }) => address,
          )
        : [host]
    const refused = found.find((address) => !isCallable(address))
    if (refused !== undefined) {
      return { step: probeStep('ADDRESS_REFUSED', took(), { address: refused }), addresses: [] }
    }
    const addresses = found.slice(0, MAX_ADDRESSES)
    const seen = { host, addresses: addresses.join(', ') }
    return { step: probeStep('NAME_RESOLVED', took(), seen), addresses }
  } catch (error) {
    const code = error instanceof StepTimeout ? 'NAME_SLOW' : 'NAME_UNKNOWN'
    const seen = { host, seconds, why: errorCode(error) ?? '' }
    return { step: probeStep(code, took(), seen), addresses: [] }
  }
}

/** A connection to the first address that answers; what the last one said when none does. */
export async function connectTarget(
  { port }: ProbeTarget,
  addresses: readonly string[],
  limits: StepLimits,
): Promise<{ readonly step: ProbeStep; readonly socket: Socket | undefined }> {
  const start = performance.now()
  let last: ProbeStep | undefined
  for (const address of addresses) {
    try {
      const socket = await open(address, port, limits)
      const step = probeStep('TCP_OPEN', performance.now() - start, { address, port })
      return { step, socket }
    } catch (error) {
      const seen = { address, port, seconds: limits.seconds, why: errorCode(error) ?? '' }
      last = probeStep(tcpCode(error), performance.now() - start, seen)
    }
  }
  return { step: last ?? probeStep('NAME_UNKNOWN', 0), socket: undefined }
}

function tcpCode(error: unknown): 'TCP_REFUSED' | 'TCP_SILENT' | 'TCP_UNREACHABLE' {
  const code = errorCode(error)
  if (code === 'ECONNREFUSED') return 'TCP_REFUSED'
  return error instanceof StepTimeout || code === 'ETIMEDOUT' ? 'TCP_SILENT' : 'TCP_UNREACHABLE'
}

function open(address: string, port: number, { seconds, signal }: StepLimits): Promise<Socket> {
  return within(
    seconds,
    signal,
    (stop) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: address, port })
        stop.addEventListener('abort', () => socket.destroy(), { once: true })
        socket.once('error', reject)
        socket.once('connect', () => {
          socket.off('error', reject)
          // What happens to it later is told by the step that uses it.
          socket.on('error', () => {})
          resolve(socket)
        })
      }),
  )
}
