import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { SendingError } from '../../protocols/sending.ts'
import { SftpPartner, type SftpTarget } from '../../protocols/sftp/sender.ts'
import type { ExpectedFlow } from './flow-judge.ts'

/** Where a partner may send to: any of these, as through a balancer. */
export interface PartnerLine {
  readonly applicationCode: string
  readonly privateKey: string
  readonly hostKeys: readonly string[]
  readonly ports: readonly number[]
}

export interface PartnerOptions extends PartnerLine {
  /** For the files it sends. */
  readonly folder: string
  readonly random: () => number
  /** Between two flows, on average. */
  readonly pauseMilliseconds: number
}

const CODE = 'FSO1110A'
const SUPPLIER = '00000000005719'
const RECIPIENT = '00000000005734'
/** Every so many flows is a batch, of so many invoices; its last has the number of its first. */
const BATCH_EVERY = 4
const BATCH_INVOICES = 5
const ANSWER_MILLISECONDS = 20_000
const RETRY_MILLISECONDS = 150

/**
 * A partner that sends one flow after the other over SFTP. What is not acknowledged, for whatever
 * reason, it sends again under the same name until it is: nothing else is a lost flow's excuse.
 */
export class SendingPartner {
  /** Every flow it began to send, by its name. */
  readonly sent = new Map<string, ExpectedFlow>()
  readonly acknowledged = new Set<string>()
  /** What went wrong on the way, by its kind and text. */
  readonly failures = new Map<string, number>()
  readonly #options: PartnerOptions
  #line: SftpPartner | undefined
  #sequence: number
  #isStopping = false
  #isGivenUp = false
  #running: Promise<void> | undefined

  constructor(options: PartnerOptions) {
    this.#options = options
    this.#sequence = Math.floor(Date.now() / 10) * 1_000
  }

  start(): void {
    this.#isStopping = false
    this.#running = this.#run()
  }

  /** Ends once the flow in hand is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    await this.#hangUp()
  }

  /** Ends without an acknowledgement of the flow in hand: the test is over. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true
    await this.stop()
  }

  /** A name nobody has had yet. */
  nextName(extension: 'tar.gz' | 'xml'): string {
    this.#sequence += 1
    return recommendedName(CODE, this.#options.applicationCode, this.#sequence % 1e15, extension)
  }

  /** Sends a content until it is acknowledged, and expects what is told. */
  async sendUntilTaken(name: string, content: Buffer, expected: Verdict): Promise<void> {
    const path = join(this.#options.folder, name)
    await writeFile(path, content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    this.sent.set(name, { ...expected, sha256, bytes: content.length })
    while (!(await this.#tryToSend(path))) {
      if (this.#isGivenUp) return
      await sleep(RETRY_MILLISECONDS * (0.5 + this.#random()))
    }
    this.acknowledged.add(name)
  }

  /** One attempt. @returns whether it was acknowledged; why not is in `failures` */
  async #tryToSend(path: string): Promise<boolean> {
    try {
      this.#line ??= await SftpPartner.connect({ target: this.#target() })
      await this.#line.send({ path })
      return true
    } catch (error) {
      if (!(error instanceof SendingError)) throw error
      const what = `${error.failure}: ${error.message}`
      this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
      await this.#hangUp()
      return false
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const isBatch = Math.floor(this.#random() * BATCH_EVERY) === 0
      await (isBatch ? this.#sendBatch() : this.#sendInvoice())
      await sleep(this.#options.pauseMilliseconds * 2 * this.#random())
    }
  }

  async #sendInvoice(): Promise<void> {
    const name = this.nextName('xml')
    const content = Buffer.from(this.#invoice(1))
    await this.sendUntilTaken(name, content, verdict('IN_INTEGRE', 1, 1))
  }

  async #sendBatch(): Promise<void> {
    const name = this.nextName('tar.gz')
    const files = Array.from({ length: BATCH_INVOICES }, (_, index) => ({
      name: `F${index + 1}.xml`,
      content: this.#invoice(index === BATCH_INVOICES - 1 ? 1 : index + 1),
    }))
    const content = await archiveBytes(files)
    const integrated = BATCH_INVOICES - 1
    await this.sendUntilTaken(
      name,
      content,
      verdict('IN_INTEGRE_PARTIEL', BATCH_INVOICES, integrated),
    )
  }

  /** Of the flow in hand. */
  #invoice(ordinal: number): string {
    const { applicationCode } = this.#options
    return sampleInvoice(`${applicationCode}${(this.#sequence % 1e9).toString(36)}-${ordinal}`)
  }

  #target(): SftpTarget {
    const { applicationCode, ports, privateKey, hostKeys } = this.#options
    const port = ports[Math.floor(this.#random() * ports.length)]!
    return {
      host: '127.0.0.1',
      port,
      user: applicationCode,
      privateKey,
      hostKeys,
      timeoutMilliseconds: ANSWER_MILLISECONDS,
    }
  }

  async #hangUp(): Promise<void> {
    const line = this.#line
    this.#line = undefined
    await line?.close()
  }

  #random(): number {
    return this.#options.random()
  }
}

type Verdict = Pick<ExpectedFlow, 'state' | 'total' | 'integrated'>

export const verdict = (
  state: ExpectedFlow['state'],
  total: number,
  integrated: number,
): Verdict => ({ state, total, integrated })

/** A right one. */
export function sampleInvoice(number: string): string {
  return makeUblInvoice({
    number,
    issueDate: '2026-11-22',
    supplierSiret: SUPPLIER,
    recipientSiret: RECIPIENT,
  })
}
