import { randomBytes, randomUUID } from 'node:crypto'
import type { FaultAction } from '../../gateway/faults.ts'
import {
  ERROR_MODIFIERS,
  FAILURE_MODIFIERS,
  WARNING_MODIFIERS,
  writeDisposition,
  type Disposition,
} from './mdn/disposition.ts'
import { writeReceipt, type ReceiptOrder, type WrittenReceipt } from './receipt-answer.ts'

/** A fault that AS2 knows by name: `mdn-negative` and the like. */
export type NamedFault = Extract<FaultAction, { readonly kind: 'answer' }>

const DISPOSITIONS: readonly Disposition[] = [
  ...ERROR_MODIFIERS.map((error) => ({ type: 'processed', error }) as const),
  ...WARNING_MODIFIERS.map((warning) => ({ type: 'processed', warning }) as const),
  ...FAILURE_MODIFIERS.map((failure) => ({ type: 'failed', failure }) as const),
]

/** The receipt on a message that was taken, made wrong as a fault on demand asks. */
export async function falseReceipt(
  order: ReceiptOrder,
  { name, value = '' }: NamedFault,
): Promise<WrittenReceipt> {
  const { request, disposition, mic, signing: _, ...unsigned } = order
  switch (name) {
    case 'mdn-negative':
      return writeReceipt({ ...order, disposition: dispositionOf(value) ?? disposition })
    case 'mdn-unsigned':
      return writeReceipt({ ...unsigned, request, disposition, mic })
    case 'mdn-bad-signature':
      return changed(await writeReceipt(order), order.text)
    case 'mdn-wrong-mic': {
      const other = mic && { ...mic, digest: randomBytes(mic.digest.length) }
      return writeReceipt({ ...order, mic: other })
    }
    case 'mdn-wrong-id': {
      const messageId = `<${randomUUID()}@raccord>`
      return writeReceipt({ ...order, request: { ...request, messageId } })
    }
    default:
      return writeReceipt(order)
  }
}

/** Of `processed/error: decryption-failed`, as the fault table writes it. */
function dispositionOf(text: string): Disposition | undefined {
  return DISPOSITIONS.find((disposition) => writeDisposition(disposition).endsWith(`; ${text}`))
}

/** Changed after it was signed. */
function changed(receipt: WrittenReceipt, text: string): WrittenReceipt {
  const body = receipt.body.toString('latin1').replace(text, text.toUpperCase())
  return { ...receipt, body: Buffer.from(body, 'latin1') }
}
