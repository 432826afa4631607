import type { Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { GatewayError } from '../../errors.ts'
import type { ConnectionId, ProtocolName } from '../../flow.ts'
import type { ConnectionDocument } from '../connection-forms.ts'
import { askHead } from './as2-head.ts'
import { callableRule, type CallableAddresses } from './callable-addresses.ts'
import { connectTarget, resolveTarget, type StepLimits } from './name-and-tcp.ts'
import { probeStep } from './probe-answers.ts'
import type { Probe, ProbeReport, ProbeStep, ProbeTarget } from './probe.ts'
import { probeTarget } from './probe-target.ts'
import { judgeCertificate, shakeHands, type OwnClientCertificate } from './tls-and-certificate.ts'

/** What a protocol asks once the way is open; it ends the socket. */
export type ProbeDialogue = (
  socket: Socket,
  asked: {
    readonly connection: ConnectionDocument
    readonly target: ProbeTarget
    readonly limits: StepLimits
  },
) => Promise<ProbeStep>

export interface ProbeOptions {
  readonly settings: CallableAddresses & {
    /** For each step. */
    readonly stepSeconds: number
  }
  readonly clock: Clock
  /** The gateway's, for a server that wants one. */
  readonly clientCertificate: (protocol: ProtocolName) => Promise<OwnClientCertificate | undefined>
  /** What is asked of a server of PeSIT; without it, the way ends with its certificate. */
  readonly pesitDialogue?: ProbeDialogue
}

/** Tried at once, over all connections: a form must not make a port scanner. */
const MAX_AT_ONCE = 4

export function createProbe(options: ProbeOptions): Probe {
  const isCallable = callableRule(options.settings)
  const running = new Set<ConnectionId>()
  return {
    async run(connection, signal) {
      if (running.has(connection.id) || running.size >= MAX_AT_ONCE) {
        throw new GatewayError('API_BUSY', `${running.size} connections are being tried now.`)
      }
      running.add(connection.id)
      try {
        return await probe(connection, signal)
      } finally {
        running.delete(connection.id)
      }
    },
  }

  async function probe(
    connection: ConnectionDocument,
    signal: AbortSignal | undefined,
  ): Promise<ProbeReport> {
    const target = probeTarget(connection) ?? null
    const steps: ProbeStep[] = []
    for await (const step of stepsOf(connection, target, signal)) steps.push(step)
    return {
      connectionId: connection.id,
      protocol: connection.protocol,
      at: new Date(options.clock.now()).toISOString(),
      outcome: connection.protocol === 'sftp' ? 'not-needed' : worstOf(steps),
      target,
      steps,
    }
  }

  async function* stepsOf(
    connection: ConnectionDocument,
    target: ProbeTarget | null,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ProbeStep> {
    const { protocol } = connection
    if (protocol === 'sftp') return yield probeStep('NOT_CALLED', 0)
    if (target === null) return yield probeStep('ADDRESS_MISSING', 0)
    const limits = { seconds: options.settings.stepSeconds, signal }
    yield probeStep('ADDRESS_READ', 0, { target: target.url ?? `${target.host}:${target.port}` })

    const resolved = await resolveTarget(target, isCallable, limits)
    yield resolved.step
    if (resolved.addresses.length === 0) return
    const { step, socket } = await connectTarget(target, resolved.addresses, limits)
    yield step
    if (socket === undefined) return
    try {
      let open: Socket = socket
      if (target.isTls) {
        const own = await options.clientCertificate(protocol)
        const shaken = await shakeHands(target, socket, own, limits)
        yield shaken.step
        if (shaken.socket === undefined) return
        open = shaken.socket
        const judged = judgeCertificate(connection, target, shaken.socket, options.clock.now())
        yield judged
        // Nothing of ours, and no password above all, is told to somebody else.
        if (judged.outcome === 'fail') return
      } else {
        yield probeStep('TLS_NONE', 0)
      }
      const dialogue = protocol === 'as2' ? askHead : options.pesitDialogue
      if (dialogue !== undefined) yield await dialogue(open, { connection, target, limits })
    } finally {
      socket.destroy()
    }
  }
}

function worstOf(steps: readonly ProbeStep[]): ProbeStep['outcome'] {
  const outcomes = new Set(steps.map(({ outcome }) => outcome))
  if (outcomes.has('fail')) return 'fail'
  return outcomes.has('warning') ? 'warning' : 'pass'
}
