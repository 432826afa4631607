import { randomBytes } from 'node:crypto'
import { findInterfaceCode } from '../../../config/interface-codes.ts'
import { recommendedName } from '../../../config/flow-name.ts'
import { archiveBytes } from '../../../processing/archives/write-archive.ts'
import { makeUblInvoice, type SampleFault } from '../../../processing/formats/ubl/sample.ts'
import type { PartnerFolder } from '../../partner-folder.ts'
import { CommandFailure, EXIT } from '../exit-codes.ts'
import { SAMPLE_RECIPIENT_SIRET, SAMPLE_SUPPLIER_SIRET } from '../sample-invoice.ts'

/** A flow that our own partner side sends. */
export interface MadeFlow {
  readonly fileName: string
  readonly content: Buffer
}

export interface FlowWish {
  readonly invoices: number
  readonly bad: number
  /** Of `FLOW_FAULTS`. */
  readonly fault: string
  readonly suppliers: number
  /** `ANY`, `PARTIAL` or `COMPLETE`. */
  readonly mode: string
  /** Made so large by remarks that say nothing. */
  readonly minimumKibibytes?: number
}

/** Well formed, and of no structure of the directory. */
const UNKNOWN_RECIPIENT = '73282932000074'
const FIRST_OTHER_SUPPLIER = 6_000

/** A flow of UBL invoices under a name that was never given before. @throws CommandFailure usage */
export async function makeFlow(
  folder: PartnerFolder,
  codes: Readonly<Record<string, string>>,
  wish: FlowWish,
): Promise<MadeFlow> {
  const { applicationCode } = folder
  const code = codeFor(codes, wish.mode)
  const sequence = await folder.nextSequence()
  const prefix = `${applicationCode}${sequence.toString(36).toUpperCase()}`
  const invoices = Math.max(1, wish.invoices)
  const content = await archiveOf(prefix, { ...wish, invoices })
  return { fileName: recommendedName(code, applicationCode, sequence, 'tar.gz'), content }
}

/** The same content under a new name. */
export async function renamed(folder: PartnerFolder, flow: MadeFlow): Promise<MadeFlow> {
  const sequence = await folder.nextSequence()
  const code = flow.fileName.slice(0, 8)
  return {
    content: flow.content,
    fileName: recommendedName(code, folder.applicationCode, sequence, 'tar.gz'),
  }
}

/** A code of UBL invoices that the connection has in that mode. @throws CommandFailure usage */
function codeFor(codes: Readonly<Record<string, string>>, mode: string): string {
  const found = Object.entries(codes).find(([code, has]) => {
    const row = findInterfaceCode(code)
    const isUbl = row?.direction === 'in' && row.format === 'ubl'
    return isUbl && (mode === 'ANY' ? has !== 'NONE' : has === mode)
  })
  if (found !== undefined) return found[0]
  throw new CommandFailure(
    EXIT.usage,
    `The connection has no code of UBL invoices in mode ${mode}.`,
    'Subscribe to one, FSO1110A for example: raccord connection update --code FSO1110A=partial',
  )
}

/** The last ones are the bad ones, so that the first is what a reader looks at. */
function archiveOf(prefix: string, wish: FlowWish): Promise<Buffer> {
  const { invoices, bad, fault, suppliers } = wish
  const issueDate = new Date().toISOString().slice(0, 10)
  return archiveBytes(
    Array.from({ length: invoices }, (_, index) => {
      const number = `${prefix}-${(index + 1).toString(36).toUpperCase()}`
      const isBad = index >= invoices - bad
      const isUnknown = isBad && fault === 'unknown-recipient'
      return {
        name: `${number}.xml`,
        content: makeUblInvoice({
          number,
          issueDate,
          supplierSiret: supplierOf(index % suppliers),
          recipientSiret: isUnknown ? UNKNOWN_RECIPIENT : SAMPLE_RECIPIENT_SIRET,
          ...(isBad && !isUnknown ? { fault: fault as SampleFault } : {}),
        }).replace(/(<\/\w+>\s*)$/, (end) => `${paddingOf(wish.minimumKibibytes ?? 0)}${end}`),
      }
    }),
  )
}

/** A comment that no archive makes smaller than so many KiB. */
function paddingOf(kibibytes: number): string {
  return kibibytes === 0 ? '' : `<!-- ${randomBytes(kibibytes * 1_024).toString('hex')} -->`
}

/** The sample's own supplier, then others as fictional (SIREN 000000000, decisions D8). */
function supplierOf(index: number): string {
  return index === 0
    ? SAMPLE_SUPPLIER_SIRET
    : String(FIRST_OTHER_SUPPLIER + index).padStart(14, '0')
}
