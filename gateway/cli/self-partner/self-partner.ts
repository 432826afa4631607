import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reportBaseName } from '../../../config/flow-name.ts'
import type { PartnerFolder } from '../../partner-folder.ts'
import type { RunDocument, StepDocument } from '../../qualification/qualification.ts'
import type { ApiClient } from '../api-client.ts'
import { CommandFailure, EXIT } from '../exit-codes.ts'
import { PutRefused, type PartnerTransport } from '../partner-transport.ts'
import { openTransport } from '../partner-transports.ts'
import { makeFlow, renamed, type FlowWish, type MadeFlow } from './made-flow.ts'
import { MISBEHAVIOURS, type Misbehaviour } from './misbehaviours.ts'
import { misdone } from './misdone-flow.ts'
import { SelfKeys } from './self-keys.ts'

export interface SelfPartnerOptions {
  readonly folder: PartnerFolder
  readonly client: ApiClient
  /** Told of what went wrong on the way, a sentence at a time. */
  readonly tell: (line: string) => void
}

const LOOK_MILLISECONDS = 100
const RETRIES = 4
const RETRY_MILLISECONDS = 300
/** Of the flows that tell statuses (FEN1200A, FEN1201A). */
const STATUS_FLOWS = 'FEN'
const REPORTS = 'CSO'

/**
 * Plays the partner in runs, by the partner's own keys and over the wire. Opened before a run begins
 * and closed after the last one: who is called has to listen when the gateway calls.
 */
export class SelfPartner {
  readonly #options: SelfPartnerOptions
  readonly #temporary: string
  readonly #flows = new Map<string, MadeFlow>()
  /** Name of the report on each flow, by the name of the flow. */
  readonly #reports = new Map<string, string>()
  #codes: Readonly<Record<string, string>> = {}
  #misbehaviour: Misbehaviour | undefined
  #transport: PartnerTransport | undefined
  readonly #keys: SelfKeys
  /** How it asks for receipts, over AS2. */
  #as2: readonly string[] = []

  private constructor(options: SelfPartnerOptions, temporary: string) {
    this.#options = options
    this.#temporary = temporary
    this.#keys = new SelfKeys(options.folder, options.client, temporary)
  }

  /** @throws CommandFailure for a partner folder that lacks something, or a port that is taken */
  static async open(options: SelfPartnerOptions): Promise<SelfPartner> {
    const partner = new SelfPartner(options, await mkdtemp(join(tmpdir(), 'raccord-self-')))
    if (partner.#isCalled) await partner.#line()
    return partner
  }

  /**
   * Listens as the next run wants it, before it begins: what waits for the partner is brought as soon
   * as a run begins, and a call that nobody answers is made again minutes later.
   */
  async prepare(misbehaviour?: Misbehaviour): Promise<void> {
    this.#misbehaviour = misbehaviour
    // It may have hung up in the run before, or must not listen in this one.
    if (misbehaviour === 'no-fetch') await this.#hangUp()
    if (this.#isCalled) await this.#line()
  }

  /** @returns the run when it has ended */
  async play(first: RunDocument, misbehaviour?: Misbehaviour): Promise<RunDocument> {
    this.#flows.clear()
    this.#reports.clear()
    let run = first
    let played = 0
    let act: Promise<void> = Promise.resolve()
    let ended = new AbortController()
    this.#codes = run.facts.codes
    try {
      await this.prepare(misbehaviour)
      while (run.state === 'RUNNING') {
        const step = run.steps.find(({ state }) => state === 'RUNNING')
        if (step !== undefined && step.ordinal > played) {
          ended.abort()
          await act
          ended = new AbortController()
          played = step.ordinal
          act = this.#act(run, step, ended.signal)
        }
        await sleep(LOOK_MILLISECONDS)
        run = await this.#options.client.json<RunDocument>({ path: `/runs/${run.id}` })
      }
      return run
    } finally {
      ended.abort()
      await act
      // Its session ends with the run, and so its transcript is there for the evidence.
      await this.#hangUpIfFetching()
      await this.#asBefore()
    }
  }

  /** Keys and manners of a run end with it; so does a line that was opened by them. */
  async #asBefore(): Promise<void> {
    if (this.#as2.length === 0 && !this.#keys.hasLearned && !this.#keys.hasNext) return
    this.#as2 = []
    await this.#keys.restore()
    await this.#hangUp()
    if (this.#isCalled && this.#misbehaviour !== 'no-fetch') await this.#line()
  }

  async close(): Promise<void> {
    await this.#hangUp()
    await rm(this.#temporary, { recursive: true, force: true })
  }

  /** Its step of the run; what fails is told, and the run is who judges. */
  async #act(run: RunDocument, step: StepDocument, signal: AbortSignal): Promise<void> {
    try {
      await this.#play(run, step, signal)
    } catch (error) {
      if (!isOfTheWay(error)) throw error
      this.#options.tell(`· ${error.message}`)
      await this.#hangUpIfFetching()
      // Who does not know the gateway any more cannot send; over AS2 it has sent by then.
      const isLost = this.#misbehaviour === 'old-key' && run.protocol !== 'as2'
      if (isLost) await this.#giveUp(run)
    }
  }

  async #play(run: RunDocument, step: StepDocument, signal: AbortSignal): Promise<void> {
    const misbehaviour = this.#misbehaviour
    if (misbehaviour !== undefined && MISBEHAVIOURS[misbehaviour].spoils(step)) {
      return await this.#spoil(run, step, misbehaviour)
    }
    const { values } = step
    switch (step.kind) {
      case 'flow':
        await this.#prepare(step)
        return this.#send(String(values['as']), await this.#make(wishOf(step)))
      case 'flows':
        return this.#sendMany(step, Number(values['count']), signal)
      case 'reports':
        // Who is called has them brought.
        while (!this.#isCalled && !signal.aborted) {
          await (await this.#line()).receive(REPORTS, signal)
        }
        return
      case 'certificate-added':
        return this.#keys.addCertificate()
      case 'turned-away':
        return this.#tryFlow(String(values['as']), await this.#make(PLAIN))
      case 'key-learned':
        await this.#keys.learn()
        return this.#answer(run, true)
      case 'flow-again':
        return this.#put(this.#known(step))
      case 'refused':
        return this.#misdo(step)
      case 'report':
        await this.#takeReport(this.#known(step), signal)
        // Who is called would be brought the first status before it is asked for.
        if (misbehaviour === 'no-status') await this.#hangUp()
        return
      case 'fetch-again':
        return this.#fetchAgain(this.#known(step), signal)
      case 'status-flow':
        while (!signal.aborted) {
          await (await this.#line()).receive(STATUS_FLOWS, signal)
          // One that was brought is found again: what is waited for may be the next.
          await sleep(RETRY_MILLISECONDS)
        }
        return
      case 'meets-fault':
        return this.#meetFault(step)
      case 'recovers':
        return this.#recover(String(values['as']), signal)
      case 'question':
        this.#keys.changeOver()
        return this.#answer(run, true)
      default:
        return undefined
    }
  }

  async #spoil(run: RunDocument, step: StepDocument, how: Misbehaviour): Promise<void> {
    switch (how) {
      case 'all-good':
        return this.#send('flow', await this.#make({ ...wishOf(step), bad: 0 }))
      case 'bad-invoice':
        return this.#send('flow', await this.#make({ ...wishOf(step), bad: 1 }))
      case 'too-few': {
        if (step.kind === 'flows') {
          await this.#sendMany(step, Number(step.values['count']) - 1)
          return this.#giveUp(run)
        }
        const wish = wishOf(step)
        return this.#send('flow', await this.#make({ ...wish, invoices: wish.invoices - 1 }))
      }
      case 'new-name': {
        const flow = this.#flows.values().next().value
        return flow === undefined ? undefined : this.#put(await renamed(this.#options.folder, flow))
      }
      case 'no-misdeed':
        return this.#send('other', await this.#make(PLAIN))
      case 'answers-no':
        return this.#answer(run, false)
      case 'sync-receipt':
        return this.#send('flow', await this.#make(wishOf(step)))
      case 'old-key':
      case 'old-certificate':
        return this.#answer(run, true)
      case 'no-fetch':
      case 'no-status':
        await this.#hangUp()
        return this.#giveUp(run)
      case 'silent':
      case 'no-second-fetch':
      case 'no-retry':
        return this.#giveUp(run)
    }
  }

  /** The session and the manner that a flow is to be sent in. */
  async #prepare({ values }: StepDocument): Promise<void> {
    if (values['receipt'] === 'async') this.#as2 = ['receiptMode=async']
    if (this.#keys.hasLearned) await this.#keys.learn()
    if (values['session'] === 'new' || this.#as2.length > 0) await this.#hangUp()
  }

  async #sendMany({ values }: StepDocument, count: number, signal?: AbortSignal): Promise<void> {
    const wish = { ...PLAIN, invoices: Number(values['invoices']) }
    for (let sent = 0; sent < count; sent += 1) {
      if (signal?.aborted === true) return
      await this.#put(await this.#make(wish))
    }
  }

  async #takeReport({ fileName }: MadeFlow, signal: AbortSignal): Promise<void> {
    const taken = await (await this.#line()).receive(reportBaseName(fileName), signal)
    if (taken !== undefined) this.#reports.set(fileName, taken.fileName)
  }

  async #fetchAgain({ fileName }: MadeFlow, signal: AbortSignal): Promise<void> {
    const line = await this.#line()
    // Who is called has it perhaps before it looked.
    const taken =
      this.#reports.get(fileName) ??
      (await line.receive(reportBaseName(fileName), signal))?.fileName
    if (taken !== undefined) await line.fetchAgain?.(taken)
  }

  async #meetFault({ values }: StepDocument): Promise<void> {
    const minimumKibibytes = Number(values['kibibytes'])
    const flow = await this.#make({ ...PLAIN, minimumKibibytes })
    await this.#tryFlow(String(values['as']), flow, Number(values['times']))
  }

  /** Sends what will not arrive. */
  async #tryFlow(name: string, flow: MadeFlow, times = 1): Promise<void> {
    this.#flows.set(name, flow)
    // A line that is open already would not be refused at the door; who is called goes on listening.
    if (this.#isCalled) this.#transport?.dropLines?.()
    else await this.#hangUp()
    for (let time = 0; time < times; time += 1) {
      try {
        await this.#put(flow)
      } catch (error) {
        if (!isOfTheWay(error)) throw error
        this.#options.tell(`· ${error.message}`)
        await this.#hangUpIfFetching()
      }
    }
  }

  /** As a good partner: again under the same name, until it is acknowledged. */
  async #recover(name: string, signal: AbortSignal): Promise<void> {
    const flow = this.#flows.get(name)
    if (flow === undefined) return
    for (let time = 1; !signal.aborted; time += 1) {
      try {
        return await this.#put(flow, true)
      } catch (error) {
        if (!isOfTheWay(error) || time === RETRIES) throw error
        await this.#hangUpIfFetching()
        await sleep(RETRY_MILLISECONDS * time)
      }
    }
  }

  async #misdo(step: StepDocument): Promise<void> {
    const made = await this.#make(PLAIN)
    const flow = misdone(
      made,
      String(step.values['how']),
      this.#flows.get(String(step.values['flow'])),
    )
    try {
      await this.#put(flow)
    } catch (error) {
      if (!isOfTheWay(error)) throw error
      await this.#hangUpIfFetching()
    }
  }

  /** Who waits for what will not come need not wait to the end. */
  async #giveUp(run: RunDocument): Promise<void> {
    await this.#options.client.json({ method: 'POST', path: `/runs/${run.id}/give-up` })
  }

  async #answer(run: RunDocument, isYes: boolean): Promise<void> {
    await this.#options.client.json({
      path: `/runs/${run.id}/confirm`,
      body: { isYes, comment: 'our own partner side' },
    })
  }

  #make(wish: FlowWish): Promise<MadeFlow> {
    return makeFlow(this.#options.folder, this.#codes, wish)
  }

  async #send(name: string, flow: MadeFlow): Promise<void> {
    this.#flows.set(name, flow)
    await this.#put(flow)
  }

  async #put({ fileName, content }: MadeFlow, isResumed = false): Promise<void> {
    const path = join(this.#temporary, 'content')
    await writeFile(path, content)
    await (await this.#line()).put({ fileName, path, isResumed })
  }

  #known({ values }: StepDocument): MadeFlow {
    const flow = this.#flows.get(String(values['flow']))
    if (flow === undefined)
      throw new CommandFailure(EXIT.usage, `No flow ${values['flow']} was sent.`)
    return flow
  }

  get #isCalled(): boolean {
    return this.#options.folder.address.protocol !== 'sftp'
  }

  async #line(): Promise<PartnerTransport> {
    const receives = this.#misbehaviour !== 'no-fetch'
    this.#transport ??= await openTransport(this.#keys.folder, { receives, as2: this.#as2 })
    return this.#transport
  }

  /** A session that was cut is of no use; who is called goes on listening. */
  async #hangUpIfFetching(): Promise<void> {
    if (!this.#isCalled) await this.#hangUp()
  }

  async #hangUp(): Promise<void> {
    const transport = this.#transport
    this.#transport = undefined
    await transport?.close().catch(() => {})
  }
}

const PLAIN: FlowWish = { invoices: 1, bad: 0, fault: 'wrong-total', suppliers: 1, mode: 'ANY' }

function wishOf({ values }: StepDocument): FlowWish {
  return {
    invoices: Number(values['invoices']),
    bad: Number(values['bad']),
    fault: String(values['fault']),
    suppliers: Number(values['suppliers']),
    mode: String(values['mode']),
  }
}

/** What a partner meets on the wire, and lives with. */
function isOfTheWay(error: unknown): error is Error {
  return error instanceof CommandFailure || error instanceof PutRefused
}
