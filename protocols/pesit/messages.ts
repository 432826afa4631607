import { CHECKSUM_BYTES } from './checksum.ts'
import { FPDU_HEADER_BYTES } from './fpdu.ts'
import { makeUnits } from './fpdu-parameters.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import type { ParameterValues } from './parameter-table.ts'
import { encodeUnits } from './parameter-units.ts'
import { parameterFault, structureFault } from './pesit-fault.ts'

/** PI 91 in all its pieces (specification; a setting may allow more). */
export const MAX_MESSAGE_BYTES = 4_096
/** Code and extended length of PI 91. */
const MESSAGE_HEAD_BYTES = 4

export interface MessagePart {
  readonly name: Extract<ParameterFpduName, 'MSG' | 'MSGDM' | 'MSGMM' | 'MSGFM'>
  readonly values: ParameterValues
}

/**
 * One message as the FPDUs to wish for: MSG alone where it fits, else MSGDM, MSGMM …, MSGFM
 * (reference §11.1).
 * @param values all of MSG, with its whole text in `message`
 * @param maxEntityBytes none is negotiated for messages: a local limit, or the last PI 25
 * @throws UnsendableValue when a value cannot be sent
 */
export function splitMessage(
  values: ParameterValues,
  maxEntityBytes: number,
): readonly MessagePart[] {
  const { message = '', ...head } = values
  const around = FPDU_HEADER_BYTES + CHECKSUM_BYTES + MESSAGE_HEAD_BYTES
  const headBytes = encodeUnits(makeUnits('MSG', head)).length
  if (around + headBytes + message.length <= maxEntityBytes) return [{ name: 'MSG', values }]
  const room = Math.max(1, maxEntityBytes - around)
  const pieces: string[] = []
  for (let at = 0; at < message.length; at += room) pieces.push(message.slice(at, at + room))
  return [
    { name: 'MSGDM', values: head },
    ...pieces.map((piece, at): MessagePart => {
      const name = at === pieces.length - 1 ? 'MSGFM' : 'MSGMM'
      return { name, values: { message: piece } }
    }),
  ]
}

/** Puts the pieces of a message together, bounded. */
export class MessageCollector {
  readonly #maxBytes: number
  #values: ParameterValues | undefined
  #text = ''

  constructor(maxBytes: number = MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes
  }

  /**
   * @returns the whole message with MSG and MSGFM, else undefined
   * @throws PesitFault 3/318 when the text is longer than allowed; 3/311 for a piece without a begin
   */
  add(name: MessagePart['name'], values: ParameterValues): ParameterValues | undefined {
    if (name === 'MSG' || name === 'MSGDM') {
      this.#values = values
      this.#text = ''
    }
    if (this.#values === undefined) throw structureFault(`${name} without MSGDM`)
    this.#text += values.message ?? ''
    if (this.#text.length > this.#maxBytes) {
      throw parameterFault(`a message of more than ${this.#maxBytes} bytes`)
    }
    if (name === 'MSGDM' || name === 'MSGMM') return undefined
    const whole = { ...this.#values, ...(this.#text === '' ? {} : { message: this.#text }) }
    this.#values = undefined
    return whole
  }
}

/** The MSG that acknowledges a file to its sender, from its CREATE (specification annex B; §11.2). */
export function acknowledgementOf(create: ParameterValues, text?: string): ParameterValues {
  const given = {
    requester: create.server,
    server: create.requester,
    fileType: create.fileType,
    fileName: create.fileName,
    transferId: create.transferId,
    createdAt: create.createdAt,
    originalSender: create.finalReceiver,
    finalReceiver: create.originalSender,
    message: text,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
