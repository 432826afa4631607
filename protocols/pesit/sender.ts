import { fetchFile } from './file-fetching.ts'
import type { FetchedFile, FetchOrder } from './file-fetching.ts'
import { writeFile } from './file-writing.ts'
import type { WritingOrder, WrittenFile } from './file-writing.ts'
import { splitMessage } from './messages.ts'
import type { ConnectionTerms } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { RequesterLink } from './requester-link.ts'
import type { CallOptions } from './requester-link.ts'

export type { FetchedFile, FetchOrder } from './file-fetching.ts'
export { LocalFile, removeLocalFile } from './local-file.ts'
export { newWritingRecord } from './file-writing.ts'
export type { WritingOrder, WritingRecord, WrittenFile } from './file-writing.ts'
export { PARTNER_PRESETS } from './partner-presets.ts'
export type { PartnerProductName } from './partner-presets.ts'
export { PesitRefusal } from './pesit-refusal.ts'
export { TlsSessions } from './pesit-socket.ts'
export type { PesitTls } from './pesit-socket.ts'
export type { CallOptions } from './requester-link.ts'

/**
 * The side that calls: writes files to a server and fetches files from it, one after the other on
 * one connection, messages between them. What the gateway uses for return flows, and a partner for
 * its flows.
 */
export class PesitRequester {
  readonly #link: RequesterLink

  private constructor(link: RequesterLink) {
    this.#link = link
  }

  /** @throws SendingError; a PesitRefusal once the server is there and says no */
  static async connect(options: CallOptions): Promise<PesitRequester> {
    return new PesitRequester(await RequesterLink.open(options))
  }

  /** As CONNECT and ACONNECT agreed. */
  get terms(): ConnectionTerms | undefined {
    return this.#link.line.session.terms
  }

  get isResumed(): boolean {
    return this.#link.isResumed
  }

  /** Liberties the server took so far. */
  get notes(): readonly string[] {
    return this.#link.notes
  }

  /** @throws PesitRefusal; files can follow unless the line has ended */
  write(order: WritingOrder): Promise<WrittenFile> {
    return writeFile(this.#link, order)
  }

  /** @throws PesitRefusal; files can follow unless the line has ended */
  fetch(order: FetchOrder): Promise<FetchedFile> {
    return fetchFile(this.#link, order)
  }

  /**
   * MSG, in pieces where it does not fit into one entity.
   * @returns the text of ACK(MSG)
   * @throws PesitRefusal
   */
  async say(message: ParameterValues): Promise<string | undefined> {
    const link = this.#link
    const values = link.profile.messagePriority ? { priority: 1, ...message } : message
    const parts = splitMessage(values, link.profile.maxEntityBytes)
    for (const [at, part] of parts.entries()) {
      if (at < parts.length - 1) link.say(part.name, part.values)
      else return (await link.ask(part.name, part.values)).values.message
    }
    return undefined
  }

  /** RELEASE, and the network is closed; never throws. */
  close(): Promise<void> {
    return this.#link.release()
  }

  /** Ends at once. */
  cut(): void {
    this.#link.line.cut('cut by the requester')
  }
}
