import { hashRow } from './cms/algorithms.ts'
import type { ReadMdn } from './mdn/read-mdn.ts'
import type { ReceiptVerdict } from './mdn/receipt-verdict.ts'

const MAX_TEXT_CHARACTERS = 1_000

/** What a receipt says, for the record of the delivery: names and values, nothing that it lacks. */
export function receiptEvidence(verdict: ReceiptVerdict, mdn: ReadMdn): Record<string, string> {
  const { signature, mic, reportingUa, text, originalMessageId } = mdn
  const said = text.trim().slice(0, MAX_TEXT_CHARACTERS)
  const values = {
    verdict: verdict.code,
    disposition: verdict.disposition,
    originalMessageId,
    receivedContentMic:
      mic === undefined
        ? undefined
        : `${mic.digest.toString('base64')}, ${hashRow(mic.hash).micalg}`,
    signer: signature?.certificate.sha256,
    signatureAlgorithm: signature?.algorithm,
    reportingUa,
    text: said === '' ? undefined : said,
  }
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
