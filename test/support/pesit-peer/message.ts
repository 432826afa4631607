import { fileIdentifier, routing, statedAttributes } from './file-attributes.ts'
import type { FileAttributes } from './file-attributes.ts'
import type { Fpdu } from './fpdu.ts'
import { group, number, octets, text } from './parameters.ts'
import type { Parameter, SingleParameter } from './parameters.ts'

/** A MSG to send (reference §11). PI 99 has no place in it: `text` of the file is not sent. */
export interface MessageOrder extends Pick<
  FileAttributes,
  'fileName' | 'fileType' | 'requester' | 'server' | 'created' | 'originalSender' | 'finalReceiver'
> {
  /** PI 13; 1 when absent. */
  readonly transferId?: number
  /** PI 14: whether a text is wanted in ACK(MSG). */
  readonly wantsReply?: boolean
  /** PI 17: Connect:Express wants it, the specification does not. */
  readonly priority?: 0 | 1 | 2
  /** PI 91. */
  readonly body?: string
  /** A longer body goes out in MSGDM, MSGMM, MSGFM; 4 096 when absent. */
  readonly pieceBytes?: number
}

/** What MSG or MSGDM says before the body. */
export function messageHead(order: MessageOrder): (Parameter | undefined)[] {
  return [
    fileIdentifier(order),
    number(13, order.transferId ?? 1),
    octets(14, order.wantsReply === true ? 1 : 0),
    order.priority === undefined ? undefined : octets(17, order.priority),
    order.created === undefined ? undefined : group(50, text(51, order.created)),
    ...routing({
      ...(order.originalSender === undefined ? {} : { originalSender: order.originalSender }),
      ...(order.finalReceiver === undefined ? {} : { finalReceiver: order.finalReceiver }),
    }),
  ]
}

export function bodyPieces({ body = '', pieceBytes = 4096 }: MessageOrder): SingleParameter[] {
  const bytes = Buffer.from(body, 'latin1')
  const pieces: SingleParameter[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes)
    pieces.push({ pi: 91, value: bytes.subarray(at, at + pieceBytes) })
  return pieces
}

/** The application's acknowledgement of a file, from its CREATE (reference §11.2). */
export function acknowledgementOf(create: Fpdu, body?: string): MessageOrder {
  const file = statedAttributes(create)
  return {
    fileName: file.fileName,
    transferId: file.transferId,
    ...(file.fileType === undefined ? {} : { fileType: file.fileType }),
    ...(file.server === undefined ? {} : { requester: file.server }),
    ...(file.requester === undefined ? {} : { server: file.requester }),
    ...(file.created === undefined ? {} : { created: file.created }),
    ...(file.finalReceiver === undefined ? {} : { originalSender: file.finalReceiver }),
    ...(file.originalSender === undefined ? {} : { finalReceiver: file.originalSender }),
    ...(body === undefined ? {} : { body }),
  }
}
