import { BlockList, createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { GatewayError } from '../gateway/errors.ts'
import type { FaultAction, Faults } from '../gateway/faults.ts'
import type { ProtocolName } from '../gateway/flow.ts'
import type { FailedTries } from './failed-tries.ts'
import { throughFaultyLine, type LineFault } from './fault-line.ts'
import type { DoorRefusal } from './listener.ts'
import { parseProxyHeader } from './proxy-protocol.ts'

/**
 * The only place listeners take sockets from (decisions B7): who may come in, how many at a time,
 * and whose they are behind a balancer. It knows no protocol.
 */
export interface AcceptOptions {
  readonly protocol: ProtocolName
  readonly host: string
  /** 0 = any free one. */
  readonly port: number
  readonly limits: AcceptLimits
  /** Addresses or networks (`10.0.0.0/8`) whose connections start with a PROXY header. */
  readonly balancers?: readonly string[]
  readonly failedTries: Pick<FailedTries, 'refusedBecause'>
  readonly faults: Faults
  readonly log: Logger
  /** Takes the socket, paused until this returns. */
  readonly onSocket: (accepted: AcceptedSocket) => void
  /** Turned away before a byte was read; told once per address and `REPORT_EVERY_MILLISECONDS`. */
  readonly onRefused: (refusal: TurnedAway) => void
  /** For tests: 0 ≤ number < 1. */
  readonly random?: () => number
}

/** Who was turned away, and why. */
export type TurnedAway = Pick<DoorRefusal, 'code' | 'reason'> & { readonly peer: string }

export interface AcceptLimits {
  /** Sockets that have not said who they are. From half of it on, some are turned away at random. */
  readonly maxUnauthenticated: number
  readonly maxPerAddress: number
  readonly maxNewPerAddressPerSecond: number
  /** Bytes taken from a socket before `authenticated()`; absent = no limit. */
  readonly maxUnauthenticatedBytes?: number
  /** A socket without a byte in or out for so long is cut; absent = the protocol sees to it. */
  readonly idleSeconds?: number
}

/** A socket that came in. */
export interface AcceptedSocket {
  readonly socket: Socket
  /** The partner's side; behind a listed balancer what its header says. */
  readonly peer: { readonly host: string; readonly port: number }
  /** A fault on demand that is the protocol's own business. */
  readonly fault?: Extract<FaultAction, { readonly kind: 'answer' }>
  /** It counts no longer as unauthenticated, and its byte budget is lifted. Idempotent. */
  authenticated(): void
}

export interface Acceptor {
  readonly address: { readonly host: string; readonly port: number }
  readonly open: number
  /** Takes no new socket; those that are open go on. Idempotent. */
  refuseNew(): void
  /** Refuses new ones, destroys what is open, resolves when each has told that it is closed. */
  close(): Promise<void>
}

/** A balancer sends its header at once. */
const PROXY_HEADER_MILLISECONDS = 5_000
const REPORT_EVERY_MILLISECONDS = 10_000
/** Addresses outlive their last socket, so that the rate holds and a flood is told once. */
const MAX_REMEMBERED_ADDRESSES = 10_000
/** Chance of being turned away where early drop begins; it rises to 1 at the limit (as sshd). */
const EARLY_DROP_CHANCE = 0.3

/**
 * Listens.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for an address that cannot be bound
 */
export async function startAccepting(options: AcceptOptions): Promise<Acceptor> {
  const doorway = new Doorway(options)
  await doorway.listen()
  return doorway
}

type Turned = Omit<TurnedAway, 'peer'>

const limit = (reason: string): Turned => ({ code: 'LIMIT_REACHED', reason })

interface AddressCount {
  open: number
  second: number
  newInSecond: number
  reportedAt: number
}

class Doorway implements Acceptor {
  readonly #options: AcceptOptions
  readonly #server: Server
  readonly #balancers = new BlockList()
  readonly #sockets = new Set<Socket>()
  readonly #byAddress = new Map<string, AddressCount>()
  #unauthenticated = 0
  #closed: Promise<void> | undefined
  address: { readonly host: string; readonly port: number } = { host: '', port: 0 }

  constructor(options: AcceptOptions) {
    this.#options = options
    for (const balancer of options.balancers ?? []) addRule(this.#balancers, balancer)
    this.#server = createServer(
      { pauseOnConnect: true, noDelay: true, keepAlive: true },
      (socket) => {
        try {
          this.#take(socket)
        } catch (err) {
          options.log.error({ err }, 'a connection could not be taken')
          socket.destroy()
        }
      },
    )
  }

  get open(): number {
    return this.#sockets.size
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const code = cause.code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'CONFIG_INVALID'
        const what = `${this.#options.protocol} cannot listen on ${host}:${port} (${cause.code})`
        reject(new GatewayError(code, what, { cause }))
      })
      this.#server.listen({ host, port }, resolve)
    })
    this.#server.removeAllListeners('error')
    this.#server.on('error', (err) => this.#options.log.error({ err }, 'listening socket failed'))
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') throw new TypeError('not a network address')
    this.address = { host: bound.address, port: bound.port }
  }

  refuseNew(): void {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  async close(): Promise<void> {
    this.refuseNew()
    const ends = [...this.#sockets].map(
      (socket) =>
        new Promise((resolve) => {
          socket.once('close', resolve)
          socket.destroy()
        }),
    )
    await Promise.all([...ends, this.#closed])
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // The protocol adds its own; until then an error must not end the process.
    socket.on('error', (err) => this.#options.log.debug({ err }, 'socket failed'))
    const host = plainAddress(socket.remoteAddress ?? '')
    const port = socket.remotePort ?? 0
    if (host === '') socket.destroy()
    else if (isListed(this.#balancers, host)) this.#readProxyHeader(socket, { host, port })
    else this.#admit(socket, { host, port })
  }

  #readProxyHeader(socket: Socket, balancer: AcceptedSocket['peer']): void {
    let bytes = Buffer.alloc(0)
    const giveUp = () => {
      this.#refuse(socket, balancer, limit('a listed balancer sent no PROXY header'))
    }
    const timer = setTimeout(giveUp, PROXY_HEADER_MILLISECONDS)
    const stop = () => {
      clearTimeout(timer)
      socket.off('data', onData)
    }
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const header = parseProxyHeader(bytes)
      if (header.state === 'incomplete') return
      stop()
      if (header.state === 'malformed') {
        giveUp()
        return
      }
      socket.pause()
      if (bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes))
      this.#admit(socket, header.source ?? balancer)
    }
    socket.once('close', stop)
    socket.on('data', onData)
    socket.resume()
  }

  #admit(socket: Socket, peer: AcceptedSocket['peer']): void {
    const refusal = this.#whyNot(peer.host)
    if (refusal !== undefined) {
      this.#refuse(socket, peer, refusal)
      return
    }
    const count = this.#count(peer.host)
    count.open += 1
    this.#unauthenticated += 1
    let isPending = true
    const authenticated = () => {
      if (!isPending) return
      isPending = false
      this.#unauthenticated -= 1
    }
    socket.once('close', () => {
      authenticated()
      count.open -= 1
    })
    const fault = this.#options.faults.at('accept', { protocol: this.#options.protocol })
    const accepted: AcceptedSocket = { socket, peer, authenticated }
    if (fault === undefined) this.#hand(accepted, () => isPending)
    else void this.#misbehave(fault, accepted, () => isPending)
  }

  /** A fault on demand: what of it is below any protocol is done here. */
  async #misbehave(
    fault: FaultAction,
    accepted: AcceptedSocket,
    isPending: () => boolean,
  ): Promise<void> {
    const { socket } = accepted
    switch (fault.kind) {
      case 'delay':
        setTimeout(() => {
          if (!socket.destroyed) this.#hand(accepted, isPending)
        }, fault.milliseconds)
        return
      case 'crash':
        process.kill(process.pid, 'SIGKILL')
        return
      case 'answer':
        this.#hand({ ...accepted, fault }, isPending)
        return
      case 'hang':
        // Paused as it is: the peer may wait as long as it likes.
        return
      case 'cut':
        if (fault.afterBytes === undefined) socket.resetAndDestroy()
        else await this.#handFaulty(accepted, isPending, { cutAfterBytes: fault.afterBytes })
        return
      case 'slow':
        await this.#handFaulty(accepted, isPending, { bytesPerSecond: fault.bytesPerSecond })
        return
      case 'refuse':
      case 'fail':
        socket.destroy()
    }
  }

  async #handFaulty(
    accepted: AcceptedSocket,
    isPending: () => boolean,
    fault: LineFault,
  ): Promise<void> {
    try {
      const socket = await throughFaultyLine(accepted.socket, fault)
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', (err) => this.#options.log.debug({ err }, 'socket failed'))
      this.#hand({ ...accepted, socket }, isPending)
    } catch (err) {
      this.#options.log.error({ err }, 'a faulty line could not be made')
      accepted.socket.destroy()
    }
  }

  #hand(accepted: AcceptedSocket, isPending: () => boolean): void {
    const { socket } = accepted
    const { limits, log, onSocket } = this.#options
    if (limits.idleSeconds !== undefined) {
      socket.setTimeout(limits.idleSeconds * 1_000, () => socket.destroy())
    }
    try {
      onSocket(accepted)
    } catch (err) {
      log.error({ err, peer: accepted.peer.host }, 'a connection could not be served')
      socket.destroy()
      return
    }
    const budget = limits.maxUnauthenticatedBytes
    if (budget !== undefined) {
      const check = () => {
        if (!isPending()) socket.off('data', check)
        else if (socket.bytesRead > budget) {
          const reason = `more than ${budget} bytes before authentication`
          this.#refuse(socket, accepted.peer, limit(reason))
        }
      }
      socket.on('data', check)
    }
    socket.resume()
  }

  #whyNot(host: string): Turned | undefined {
    const { limits, failedTries, random = Math.random } = this.#options
    const tries = failedTries.refusedBecause(host)
    if (tries !== undefined) return { code: 'TRIES_EXCEEDED', reason: tries }
    const count = this.#count(host)
    const second = Math.floor(performance.now() / 1_000)
    if (count.second !== second) {
      count.second = second
      count.newInSecond = 0
    }
    count.newInSecond += 1
    if (count.newInSecond > limits.maxNewPerAddressPerSecond) {
      return limit(`more than ${limits.maxNewPerAddressPerSecond} new sessions in a second`)
    }
    if (count.open >= limits.maxPerAddress) {
      return limit(`more than ${limits.maxPerAddress} sessions from one address`)
    }
    const start = limits.maxUnauthenticated / 2
    if (this.#unauthenticated < start) return undefined
    const share = (this.#unauthenticated - start) / (limits.maxUnauthenticated - start)
    const chance = EARLY_DROP_CHANCE + (1 - EARLY_DROP_CHANCE) * share
    if (random() >= chance) return undefined
    return limit(`${this.#unauthenticated} sessions have not authenticated yet`)
  }

  #refuse(socket: Socket, peer: AcceptedSocket['peer'], refusal: Turned): void {
    socket.destroy()
    const count = this.#count(peer.host)
    const now = Date.now()
    if (now - count.reportedAt < REPORT_EVERY_MILLISECONDS) return
    count.reportedAt = now
    this.#options.onRefused({ ...refusal, peer: `${peer.host}:${peer.port}` })
  }

  #count(host: string): AddressCount {
    let count = this.#byAddress.get(host)
    if (count === undefined) {
      if (this.#byAddress.size >= MAX_REMEMBERED_ADDRESSES) this.#forget()
      count = { open: 0, second: 0, newInSecond: 0, reportedAt: -Infinity }
      this.#byAddress.set(host, count)
    }
    return count
  }

  /** Drops the addresses that have nothing open. */
  #forget(): void {
    for (const [host, count] of this.#byAddress) {
      if (count.open === 0) this.#byAddress.delete(host)
    }
  }
}

/** `::ffff:192.0.2.1` is what a socket for both families says for 192.0.2.1. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}

function addRule(list: BlockList, rule: string): void {
  const [address = '', bits] = rule.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  try {
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  } catch (cause) {
    throw new GatewayError('CONFIG_INVALID', `${rule} is no address or network`, { cause })
  }
}

function isListed(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
