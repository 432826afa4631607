import { meetAtMessage } from './dialogue-faults.ts'
import type { SessionTask } from '../listener.ts'
import { diagnostic } from './diagnostics.ts'
import type { DataFpdu } from './fpdu.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { MessageCollector } from './messages.ts'
import type { MessagePart } from './messages.ts'
import type { ParameterValues } from './parameter-table.ts'
import { recordRefusal } from './server-context.ts'
import type { ServerContext } from './server-context.ts'
import { ReadTransfer } from './read-transfer.ts'
import { WriteTransfer } from './write-transfer.ts'

const OK = diagnostic('0/000')
/** PI 14 of a message: a text is wanted in its answer. */
const REPLY_WANTED = 1

/** What a partner does once it is connected: one file after the other, and messages between them. */
export class FileDesk {
  readonly #context: ServerContext
  /** The file is closed: nothing is in hand. */
  readonly #onFree: () => void
  readonly #messages: MessageCollector
  #transfer: WriteTransfer | ReadTransfer | undefined
  #ending: Promise<void> = Promise.resolve()
  /** To be called once the file in hand is over. */
  #carried: (() => void) | undefined
  hasHadFile = false

  constructor(context: ServerContext, onFree: () => void) {
    this.#context = context
    this.#onFree = onFree
    this.#messages = new MessageCollector(context.settings.maxMessageBytes)
  }

  /** @throws PesitFault */
  data(fpdu: DataFpdu): void {
    if (this.#transfer instanceof WriteTransfer) this.#transfer.data(fpdu)
  }

  /** SYN. @throws PesitFault */
  syncPoint(point: number): void {
    if (this.#transfer instanceof WriteTransfer) this.#transfer.syncPoint(point)
  }

  /** All but data and SYN. @throws PesitFault */
  async told(name: ParameterFpduName, values: ParameterValues): Promise<void> {
    const { line } = this.#context
    switch (name) {
      case 'CREATE':
        this.hasHadFile = true
        return this.#begin(new WriteTransfer(this.#context), 'in', name, values)
      case 'SELECT':
        this.hasHadFile = true
        return this.#begin(new ReadTransfer(this.#context), 'out', name, values)
      case 'DESELECT':
        await this.#transfer?.leave()
        this.#transfer = undefined
        this.#carried?.()
        line.wish('ACK(DESELECT)', { diagnostic: OK })
        this.#onFree()
        return
      case 'MSG':
      case 'MSGDM':
      case 'MSGMM':
      case 'MSGFM':
        return this.#message(name, values)
      default:
        return this.#transfer?.told(name, values)
    }
  }

  /** The machine ended the transfer, or the line: what came is kept. */
  broke(): void {
    this.#leave()
  }

  /** The line is over. Resolves when what was in hand is put away. */
  ended(): Promise<void> {
    this.#leave()
    return this.settled()
  }

  settled(): Promise<void> {
    return this.#ending
  }

  async #begin(
    transfer: WriteTransfer | ReadTransfer,
    direction: SessionTask['direction'],
    name: 'CREATE' | 'SELECT',
    values: ParameterValues,
  ): Promise<void> {
    this.#transfer = transfer
    await transfer.told(name, values)
    const file = transfer.name
    if (file === undefined || this.#transfer !== transfer) return
    this.#carried?.()
    this.#carried = this.#context.session.carries({ direction, name: file })
  }

  #leave(): void {
    this.#carried?.()
    const transfer = this.#transfer
    if (transfer === undefined) return
    this.#ending = this.#ending.then(() => transfer.leave())
  }

  #message(name: MessagePart['name'], values: ParameterValues): void {
    const whole = this.#messages.add(name, values)
    if (whole === undefined) return
    meetAtMessage(this.#context.dialogue, this.#context.line)
    const { line, log, profile } = this.#context
    const { transferId, attributesWanted, message = '', fileName } = whole
    if (profile.oldestVersion === 1 && (this.#context.connect.version ?? 2) < 2) {
      const reason = 'PeSIT D has no messages'
      const refusal = {
        diagnostic: '2/209',
        code: 'PROTOCOL_REFUSED',
        reason,
        offered: 'MSG',
      } as const
      recordRefusal(this.#context, refusal)
      line.wish('ACK(MSG)', { diagnostic: diagnostic('2/209') })
      return
    }
    log.info({ fileName, transferId, characters: message.length }, 'message received')
    line.wish('ACK(MSG)', {
      diagnostic: OK,
      ...(transferId === undefined ? {} : { transferId }),
      ...(attributesWanted === REPLY_WANTED ? { message: 'RECEIVED' } : {}),
    })
  }
}
