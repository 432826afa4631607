import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCertificates } from '../../certs/check-certificates.ts'
import { CERTIFICATE_CHECKS, type CertificateRequest } from '../../certs/certificate-checks.ts'
import {
  CERTIFICATE_FINDINGS,
  type CertificateFindingCode,
} from '../../certs/certificate-findings.ts'
import { CHAIN_CASES } from '../support/certificate-cases/chain-cases.ts'
import { FILE_CASES } from '../support/certificate-cases/file-cases.ts'
import { KEY_CASES, PURPOSE_CASES } from '../support/certificate-cases/fitness-cases.ts'
import { DATE_CASES, TRUST_CASES } from '../support/certificate-cases/trust-cases.ts'
import { GOOD, NOW, ROOT } from '../support/certificate-cases/certificate-case.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'
import { describeWith } from '../support/programs.ts'

const CERTIFICATE_CASES = [
  ...FILE_CASES,
  ...CHAIN_CASES,
  ...DATE_CASES,
  ...PURPOSE_CASES,
  ...KEY_CASES,
  ...TRUST_CASES,
]

const openssl = new OpenSslCertificates()
afterAll(() => openssl.remove())

function ask(bytes: Uint8Array, over: Partial<CertificateRequest> = {}) {
  return checkCertificates({
    bytes,
    protocol: 'sftp',
    now: NOW,
    environment: 'qualification',
    anchors: openssl.anchors(ROOT),
    ...over,
  })
}

function withOutcome(codes: readonly CertificateFindingCode[], outcome: 'fail' | 'warning') {
  return codes.filter((code) => CERTIFICATE_FINDINGS[code].outcome === outcome).sort()
}

describeWith('openssl')('certificate checking, on bundles by the OpenSSL command line', () => {
  beforeAll(() => {
    // The slow keys once, outside the time of a single case.
    for (const key of ['rsa2048 root', 'rsa2048 intermediate', 'rsa3072', 'pss2048'] as const) {
      openssl.key(key)
    }
  })

  test.each(CERTIFICATE_CASES)('finds what there is to find in: $name', async (row) => {
    const verdict = await ask(row.bytes(openssl), row.request?.(openssl))
    const codes = verdict.checks.flatMap((line) => line.codes)
    expect(withOutcome(codes, 'fail')).toEqual([...(row.fails ?? [])].sort())
    expect(withOutcome(codes, 'warning')).toEqual([...(row.warns ?? [])].sort())
    expect(codes).toEqual(expect.arrayContaining([...(row.says ?? [])]))
    expect(verdict.isUsable).toBe((row.fails ?? []).length === 0)
    for (const line of verdict.checks) {
      const outcomes = new Set(line.codes.map((code) => CERTIFICATE_FINDINGS[code].outcome))
      const worst = (['fail', 'warning', 'pass', 'not-checked'] as const).find((outcome) =>
        outcomes.has(outcome),
      )
      expect(line.outcome).toBe(worst)
      const isBad = line.outcome === 'fail' || line.outcome === 'warning'
      expect(line.remedy !== undefined).toBe(isBad)
      const texts = [line.reason.en, line.reason.fr, line.remedy?.en ?? '', line.remedy?.fr ?? '']
      expect(texts.join(' ')).not.toMatch(/[{}?]|undefined/)
    }
  })

  test('has at least 60 bundles, RSA and EC', () => {
    expect(CERTIFICATE_CASES.length).toBeGreaterThanOrEqual(60)
  })

  test('a verdict has every line once, in order, in two languages', async () => {
    const { checks, certificate, chain, chainPem } = await ask(openssl.pkcs7([GOOD]))
    expect(checks.map((line) => line.check)).toEqual(CERTIFICATE_CHECKS)
    for (const { label } of checks) expect(label.en === '' || label.fr === '').toBe(false)
    expect(certificate?.subject).toBe('C=FR, O=ACME, CN=edi.acme.example')
    expect(chain).toHaveLength(1)
    expect(chainPem).toBe(openssl.read(openssl.certificate(GOOD)).toString())
  })

  test('the chain is given leaf first, with what the trusted authorities add', async () => {
    const { chain, chainPem } = await ask(openssl.pkcs7([ROOT, GOOD, GOOD.issuer!]))
    expect(chain.map((one) => one.subject.split('CN=')[1])).toEqual([
      'edi.acme.example',
      'Intermediate',
      'Root',
    ])
    expect(chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
  })

  test('a PEM chain is told how to become PKCS#7, with its own name', async () => {
    const verdict = await ask(openssl.chain([GOOD]), { fileName: 'acme.pem' })
    expect(verdict.checks[0]?.remedy?.en).toBe(
      'Convert it: openssl crl2pkcs7 -nocrl -certfile acme.pem -out acme.p7b',
    )
  })

  test('a file name that a shell would read otherwise is not repeated', async () => {
    for (const fileName of ['a; rm -rf x.pem', '-out.pem', '../x.pem', '$(id).pem', 'a\nb.pem']) {
      const verdict = await ask(openssl.chain([GOOD]), { fileName })
      expect(verdict.checks[0]?.remedy?.en).toContain('-certfile FILE -out CHAIN.p7b')
    }
  })

  test('the command line that a remedy gives makes a file that passes', async () => {
    const path = openssl.path('acme.pem')
    openssl.write(path, openssl.chain([GOOD, GOOD.issuer!, ROOT]).toString())
    const made = openssl.output('crl2pkcs7', '-nocrl', '-certfile', path)
    expect((await ask(made)).checks[0]?.outcome).toBe('pass')
  })
})
