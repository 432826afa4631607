import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeInvoiceStatuses } from './invoice-status-document.ts'
import { readToldCodes } from './read-told-codes.ts'
import type { ToldStatus } from './told-status.ts'

const TOLD: ToldStatus = {
  status: '07',
  at: 0,
  comment: null,
  invoiceId: 'flw_1.1',
  number: 'F1',
  issueDate: null,
  typeCode: null,
  supplierType: '1',
  supplierId: '00000000005719',
  supplierName: 'S',
  recipientId: '00000000005734',
  recipientName: null,
  serviceCode: null,
  engagement: null,
  amountDue: null,
  flowIdentifier: 'SIM1231110000000000000042',
  protocol: 'sftp',
  receivedAt: 0,
}

const written = (lastStatus?: string): Buffer =>
  Buffer.from(
    writeInvoiceStatuses({
      identifier: 'CPP0011200000000000000001',
      receiver: 'SIM123',
      producedAt: 0,
      environment: 'qualification',
      statuses: [TOLD, { ...TOLD, status: '11' }],
      ...(lastStatus === undefined ? {} : { lastStatus }),
    }),
  )

test('the codes of a life-cycle flow are read in their order, an odd one as it stands there', () => {
  expect(readToldCodes(written())).toEqual(['07', '11'])
  expect(readToldCodes(written('99'))).toEqual(['07', '99'])
})

test('what is no such flow is not read as one', () => {
  expect(() => readToldCodes(Buffer.from('nothing'))).toThrow('Not a life-cycle flow')
  expect(() => readToldCodes(gzipSync('x').subarray(0, 8))).toThrow('unexpected end of file')
})
