import type { FlowId } from '../../gateway/flow.ts'
import type { TranscriptEntry, TranscriptWriter } from '../transcript.ts'
import { describeFpdu, describePreConnection } from './describe-fpdu.ts'
import type { FpduDescription } from './describe-fpdu.ts'
import { hasData } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import type { PreAnswer, PreConnection } from './pre-connection.ts'

type Direction = 'in' | 'out'

/** What a transfer or a message begins with, and what is its last word. */
const BEGINNINGS: ReadonlySet<string> = new Set(['CREATE', 'SELECT', 'MSG', 'MSGDM'])
const ENDINGS: ReadonlySet<string> = new Set(['ACK(DESELECT)', 'ACK(MSG)'])

/**
 * What crosses a PeSIT connection, by name, with its bytes, secrets masked; the rules a peer broke
 * stand beside what broke them. Data FPDUs are summed up until something else comes.
 */
export class LineTranscript {
  readonly #writer: TranscriptWriter
  /** Transfers and messages so far; of the one that goes on. */
  #exchanges = 0
  #exchange: number | undefined
  #data = { direction: 'in' as Direction, fpdus: 0, bytes: 0, first: '' }

  constructor(writer: TranscriptWriter) {
    this.#writer = writer
  }

  preConnection(direction: Direction, message: PreConnection, raw: Buffer): void {
    this.#record(direction, describePreConnection(message, raw))
  }

  preAnswer(direction: Direction, answer: PreAnswer, raw: Buffer): void {
    this.#write({
      direction,
      layer: 'pesit',
      name: answer,
      summary: answer,
      hex: raw.toString('hex'),
    })
  }

  fpdu(direction: Direction, fpdu: Fpdu): void {
    if (!hasData(fpdu)) {
      this.flush()
      if (BEGINNINGS.has(fpdu.name)) this.#exchange = ++this.#exchanges
      else if (fpdu.name === 'RELEASE') this.#exchange = undefined
      this.#record(direction, describeFpdu(fpdu))
      if (ENDINGS.has(fpdu.name)) this.#exchange = undefined
      return
    }
    if (this.#data.fpdus > 0 && this.#data.direction !== direction) this.flush()
    if (this.#data.fpdus === 0) {
      this.#data = { direction, fpdus: 0, bytes: 0, first: describeFpdu(fpdu).hex }
    }
    this.#data.fpdus += 1
    this.#data.bytes += fpdu.data.length
  }

  /** A rule of the protocol that was broken, and what follows. */
  verdict(diagnostic: string, reason: string): void {
    this.flush()
    this.#write({
      direction: 'in',
      layer: 'pesit',
      name: 'VERDICT',
      summary: `${diagnostic} ${reason}`,
      fields: { diagnostic },
    })
  }

  /** What was taken in or given. */
  flow(direction: Direction, summary: string, flowId?: FlowId): void {
    this.flush()
    this.#write({
      direction,
      layer: 'pesit',
      name: 'FLOW',
      summary,
      ...(flowId === undefined ? {} : { flowId }),
    })
  }

  /** Writes the data FPDUs that were summed up. */
  flush(): void {
    const { direction, fpdus, bytes, first } = this.#data
    if (fpdus === 0) return
    this.#data = { direction, fpdus: 0, bytes: 0, first: '' }
    this.#write({
      direction,
      layer: 'pesit',
      name: 'DTF',
      summary: `${fpdus} data FPDUs, ${bytes} bytes`,
      fields: { fpdus, bytes },
      hex: first,
    })
  }

  #record(direction: Direction, said: FpduDescription): void {
    this.flush()
    const verdicts = said.verdicts.map((verdict, at) => [`verdict ${at + 1}`, verdict] as const)
    this.#write({
      direction,
      layer: 'pesit',
      name: said.name,
      summary: said.summary,
      fields: { ...said.fields, ...Object.fromEntries(verdicts) },
      hex: said.hex,
    })
  }

  #write(entry: TranscriptEntry): void {
    const exchange = this.#exchange
    this.#writer.record(exchange === undefined ? entry : { ...entry, exchange })
  }
}
