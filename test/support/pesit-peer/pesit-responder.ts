import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { EntityReader } from './entity-reader.ts'
import { PesitPeerError } from './peer-error.ts'
import { PesitLink } from './pesit-link.ts'
import type { ReceivedFile, ReceivedMessage, ResponderOptions } from './responder-options.ts'
import { ResponderSession } from './responder-session.ts'

/**
 * The side that is called: receives files, serves files, takes messages; any number of callers.
 *
 * ```ts
 * const responder = await PesitResponder.listen({ sync: { intervalKib: 32, window: 2 } })
 * const file = await responder.nextFile()
 * await responder.stop()
 * ```
 */
export class PesitResponder {
  readonly port: number
  /** Every connection, in the order they came. */
  readonly links: PesitLink[] = []
  /** Files whose ACK(TRANS.END) said yes. */
  readonly received: ReceivedFile[] = []
  readonly messages: ReceivedMessage[] = []
  /** How sessions ended when it was not by RELEASE. */
  readonly errors: PesitPeerError[] = []
  readonly #server: Server
  readonly #options: ResponderOptions
  readonly #unfinished: ConstructorParameters<typeof ResponderSession>[2]['unfinished'] = new Map()
  readonly #waiters: ((file: ReceivedFile) => void)[] = []
  #taken = 0

  constructor(server: Server, options: ResponderOptions) {
    this.#server = server
    this.#options = options
    this.port = (server.address() as AddressInfo).port
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#called(socket),
    )
  }

  static async listen(options: ResponderOptions = {}): Promise<PesitResponder> {
    const server = options.tls === undefined ? createTcpServer() : createTlsServer(options.tls)
    // A caller whose handshake fails is no concern of the others.
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
    })
    return new PesitResponder(server, options)
  }

  /** Files one after the other, each once; waits for the next when there is none yet. */
  async nextFile(): Promise<ReceivedFile> {
    const file = this.received[this.#taken]
    this.#taken += 1
    return file ?? new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** What any peer did that the reference does not allow. */
  get violations(): string[] {
    return this.links.flatMap((link) => link.violations)
  }

  /** Cuts every connection and stops listening. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const link of this.links) link.cut()
    await closed
  }

  #called(socket: Socket): void {
    socket.setNoDelay(true)
    const reader = new EntityReader(this.#options.framing ?? 'auto', 'first')
    const link = new PesitLink(socket, false, reader, this.#options)
    this.links.push(link)
    const session = new ResponderSession(link, this.#options, {
      received: (file) => this.#keep(file),
      messages: this.messages,
      unfinished: this.#unfinished,
    })
    session.run().catch((cause: unknown) => {
      if (!(cause instanceof PesitPeerError)) throw cause
      this.errors.push(cause)
      link.close()
    })
  }

  #keep(file: ReceivedFile): void {
    this.received.push(file)
    this.#waiters.shift()?.(file)
  }
}
