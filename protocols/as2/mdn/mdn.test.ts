import { createPrivateKey } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { readCertificate } from '../../../certs/certificate.ts'
import {
  OpenSslCertificates,
  type OpenSslOrder,
} from '../../../test/support/openssl-certificates.ts'
import { HeaderFields } from '../mime/header-fields.ts'
import { octetsOf } from '../octets.ts'
import { buildMdn, type MdnOrder } from './build-mdn.ts'
import {
  ERROR_MODIFIERS,
  FAILURE_MODIFIERS,
  parseDisposition,
  WARNING_MODIFIERS,
  writeDisposition,
  type Disposition,
} from './disposition.ts'
import { readMdn } from './read-mdn.ts'
import { parseReceiptRequest, receiptHash, writeReceiptOptions } from './receipt-request.ts'

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())
const US: OpenSslOrder = { key: 'rsa2048', subject: '/CN=us' }

const ORDER: MdnOrder = {
  reportingUa: 'raccord/0.1.0',
  recipient: '"A B"',
  originalMessageId: '<1@a>',
  disposition: { type: 'processed' },
  mic: { hash: 'sha512', digest: Buffer.alloc(64, 9) },
  text: 'Received.\nÀ bientôt',
}

const read = async (order: MdnOrder) => {
  const { headers, body } = await buildMdn(order)
  const reading = {
    registered: [readCertificate(peer.der(US))],
    legacy: new Set<never>(),
    quirks: {},
  }
  return readMdn(
    new HeaderFields(headers),
    octetsOf(body.subarray(0, 90), body.subarray(90)),
    reading,
  )
}

describe('an MDN', () => {
  test('says what it was built to say', async () => {
    expect(await read(ORDER)).toMatchObject({
      signature: undefined,
      originalMessageId: '<1@a>',
      finalRecipient: 'rfc822; "A B"',
      disposition: { type: 'processed', severity: 'none' },
      mic: ORDER.mic,
      text: 'Received.\r\n? bient?t\r\n',
    })
  })

  test('that is signed is verified, its first Content-Type included', async () => {
    const signer = {
      certificate: readCertificate(peer.der(US)),
      privateKey: createPrivateKey(peer.read(peer.key(US.key))),
      hash: 'sha256' as const,
      signingTime: Date.UTC(2026, 10, 22),
    }
    const mdn = await read({ ...ORDER, signer })
    expect(mdn.signature?.certificate.subject).toBe('CN=us')
    const { headers, body } = await buildMdn({ ...ORDER, signer })
    const changed = Buffer.from(body.toString('latin1').replace('<1@a>', '<2@a>'), 'latin1')
    const reading = { registered: [signer.certificate], legacy: new Set<never>(), quirks: {} }
    await expect(
      readMdn(new HeaderFields(headers), octetsOf(changed), reading),
    ).rejects.toMatchObject({ kind: 'digest' })
  })

  test('takes no lines from a partner', async () => {
    const mdn = await read({
      ...ORDER,
      originalMessageId: '<x>\r\nDisposition: a',
      recipient: 'a\nb',
    })
    expect(mdn.originalMessageId).toBe('<x>Disposition: a')
    expect(mdn.disposition?.type).toBe('processed')
  })
})

describe('a disposition', () => {
  const all: readonly Disposition[] = [
    { type: 'processed' },
    ...ERROR_MODIFIERS.map((error) => ({ type: 'processed', error }) as const),
    ...WARNING_MODIFIERS.map((warning) => ({ type: 'processed', warning }) as const),
    ...FAILURE_MODIFIERS.map((failure) => ({ type: 'failed', failure }) as const),
  ]
  test.each(all.map((one) => [writeDisposition(one), one] as const))('%s', (text, disposition) => {
    const modifier = Object.values(disposition)[1] as string | undefined
    const severity = Object.keys(disposition)[1] ?? 'none'
    expect(parseDisposition(text)).toEqual({
      type: disposition.type,
      severity,
      modifier: modifier?.toLowerCase(),
    })
  })

  test.each([
    ['automatic-action/MDN-sent-automatically;processed', 'none', undefined],
    [
      'Automatic-Action / mdn-sent-automatically ; Processed / Error : Decryption-Failed',
      'error',
      'decryption-failed',
    ],
    ['manual-action/MDN-sent-manually; processed/warning', 'warning', undefined],
    ['automatic-action/MDN-sent-automatically; failed', 'failure', undefined],
    ['automatic-action/MDN-sent-automatically; processed/Strange: x', 'error', 'x'],
  ])('%s', (text, severity, modifier) => {
    expect(parseDisposition(text)).toMatchObject({ severity, modifier })
  })

  test('may have its modifier in a field of its own', () => {
    const text = 'automatic-action/MDN-sent-automatically; processed/error'
    expect(parseDisposition(text, { error: ' Authentication-failed' })?.modifier).toBe(
      'authentication-failed',
    )
  })

  test.each(['processed', 'automatic-action/MDN-sent-automatically; error: x', ''])(
    '%j is none',
    (text) => {
      expect(parseDisposition(text)).toBeUndefined()
    },
  )
})

describe('a request for a receipt', () => {
  const request = (options?: string) =>
    parseReceiptRequest(
      new HeaderFields([
        ['disposition-notification-to', 'x'],
        ...(options === undefined ? [] : [['Disposition-Notification-Options', options] as const]),
      ]),
    )
  test.each([
    [undefined, false, [], undefined],
    [writeReceiptOptions(['sha256', 'sha1']), true, ['sha256', 'sha1'], undefined],
    [
      'Signed-Receipt-Protocol = optional,\tPKCS7-signature;signed-receipt-micalg=optional , SHA1,md5;',
      true,
      ['sha1', 'md5'],
      undefined,
    ],
    ['signed-receipt-micalg=optional, rsa-sha512', true, ['sha512'], undefined],
    ['signed-receipt-protocol=required,pgp', false, [], 'unsupported format'],
    [
      'signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,tiger',
      true,
      [],
      'unsupported MIC-algorithms',
    ],
  ] as const)('%s', (options, isSigned, hashes, failure) => {
    expect(request(options)).toMatchObject({ isSigned, hashes, failure })
  })

  test('is answered with the first hash that is allowed', () => {
    const asked = request('signed-receipt-micalg=optional,md5,sha1,sha-384')!
    expect(receiptHash(asked, new Set())).toBe('sha384')
    expect(receiptHash(asked, new Set(['sha1', 'md5']))).toBe('sha1')
  })
})
