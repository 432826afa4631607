import type { ReturnFlow, ReturnFlowId } from '../../gateway/flow.ts'
import { codeInName } from '../../gateway/faults.ts'
import { MAX_LISTED } from './directory-listing.ts'
import type { Listed } from './directory-listing.ts'
import { Download } from './download.ts'
import { askedInVain } from '../asked-in-vain.ts'
import { Extents } from './extents.ts'
import { failed } from './replies.ts'
import type { Reply } from './replies.ts'
import type { RepliesOut } from './replies-out.ts'
import { passFault } from './transfer-context.ts'
import type { TransferContext } from './transfer-context.ts'

/** What was listed answers for this long: a client that lists and then asks name by name. */
const LISTING_CACHE_MILLISECONDS = 1000

/** The same name that is asked for in vain is noted again after so long. */
const NOTE_MILLISECONDS = 1000

const NO_SUCH_FILE = failed('NO_SUCH_FILE', 'No such file.')

/**
 * What a session does in the retrieval box: list and get, nothing else. A return flow is given
 * once: it leaves when every byte was read in this session and its handle was closed.
 */
export class RetrievalBox {
  readonly #context: TransferContext
  readonly #replies: RepliesOut
  /** What of each return flow was read in this session, by handles closed before the end too. */
  readonly #coverage = new Map<ReturnFlowId, Extents>()
  #offered = new Map<string, ReturnFlow>()
  #offeredAt = Number.NEGATIVE_INFINITY
  #inVain = { name: '', at: 0 }

  constructor(context: TransferContext, replies: RepliesOut) {
    this.#context = context
    this.#replies = replies
  }

  async list(): Promise<Listed[]> {
    const offered = [...(await this.#refresh()).values()]
    if (offered.length > MAX_LISTED) {
      this.#context.log.warn({ maxListed: MAX_LISTED }, 'retrieval box listed in part only')
    }
    return offered.slice(0, MAX_LISTED).map(describe)
  }

  async find(name: string): Promise<Listed | undefined> {
    const returnFlow = await this.#find(name)
    return returnFlow === undefined ? undefined : describe(returnFlow)
  }

  /** OPEN for reading. */
  async open(name: string): Promise<Download | Reply> {
    const { client, services } = this.#context
    if (!client.mayStart()) return failed('PERMISSION_DENIED', 'The connection is not active.')
    const instead = await passFault(this.#context, 'open', { interfaceCode: codeInName(name) })
    if (instead !== undefined) return instead
    const returnFlow = await this.#find(name)
    if (returnFlow === undefined) return NO_SUCH_FILE
    const content = await services.mailbox.open(client.connection.id, returnFlow.id)
    const coverage = this.#coverage.get(returnFlow.id) ?? new Extents()
    this.#coverage.set(returnFlow.id, coverage)
    return new Download({
      context: this.#context,
      replies: this.#replies,
      returnFlow,
      content,
      coverage,
      ended: (isConsumed) => {
        if (!isConsumed) return
        this.#coverage.delete(returnFlow.id)
        if (this.#offered.get(name) === returnFlow) this.#offered.delete(name)
      },
    })
  }

  async #find(name: string): Promise<ReturnFlow | undefined> {
    const isFresh = performance.now() - this.#offeredAt < LISTING_CACHE_MILLISECONDS
    const known = isFresh ? this.#offered.get(name) : undefined
    const found = known ?? (await this.#refresh()).get(name)
    if (found === undefined) this.#noteInVain(name)
    return found
  }

  /** For the record of the session; who asks all the time is not noted all the time. */
  #noteInVain(name: string): void {
    const { client, services } = this.#context
    const at = services.clock.now()
    const isNoted = name === this.#inVain.name && Math.abs(at - this.#inVain.at) < NOTE_MILLISECONDS
    if (isNoted) return
    this.#inVain = { name, at }
    client.session.note({ fields: askedInVain(name, at) })
  }

  async #refresh(): Promise<ReadonlyMap<string, ReturnFlow>> {
    const { client, services } = this.#context
    const offered = new Map<string, ReturnFlow>()
    for (const returnFlow of await services.mailbox.list(client.connection.id)) {
      // Oldest first: of two with one name, the younger shows once the older was fetched.
      if (!offered.has(returnFlow.fileName)) offered.set(returnFlow.fileName, returnFlow)
    }
    this.#offered = offered
    this.#offeredAt = performance.now()
    return offered
  }
}

function describe({ fileName, content, createdAt }: ReturnFlow): Listed {
  return { name: fileName, kind: 'return', bytes: content.bytes, modifiedAt: createdAt }
}
