import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { TrustSources } from '../../certs/trust/trust-sources.ts'
import { GOOD, ROOT } from '../support/certificate-cases/certificate-case.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'
import { describeWith } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const openssl = new OpenSslCertificates()
afterAll(() => openssl.remove())

const subjects = async (sources: TrustSources) =>
  (await sources.current()).anchors.map((anchor) => anchor.certificate.subject).sort()
const none = { trustFolder: '', revocationLists: '' }
const rootPem = () => openssl.read(openssl.certificate(ROOT))

describeWith('openssl')('the trust folder and revocation lists', () => {
  test('without settings only the test root is trusted, and revocation is not looked at', async () => {
    const sources = new TrustSources({ ...none, testRootPem: rootPem().toString() })
    const trust = await sources.current()
    expect(trust.anchors.map((anchor) => anchor.origin)).toEqual(['test'])
    expect(trust.revocationLists).toBeUndefined()
  })

  test('PEM, DER and PKCS#7 are read, partners’ certificates in them left out', async () => {
    const folder = await temporaryFolder()
    writeFileSync(join(folder, 'a.pem'), rootPem())
    writeFileSync(join(folder, 'b.cer'), openssl.der({ ...ROOT, subject: '/CN=DER root' }))
    const both = [{ ...ROOT, subject: '/CN=P7 root' }, GOOD, GOOD.issuer!]
    writeFileSync(join(folder, 'c.p7b'), openssl.pkcs7(both))
    mkdirSync(join(folder, 'below'))
    writeFileSync(join(folder, '.hidden'), 'x')
    const sources = new TrustSources({ ...none, trustFolder: folder })
    expect(await subjects(sources)).toEqual([
      'C=FR, O=Bundle tests, CN=Intermediate',
      'C=FR, O=Bundle tests, CN=Root',
      'CN=DER root',
      'CN=P7 root',
    ])
    expect((await sources.current()).faults).toEqual([])
  })

  test('a file that was added, changed or removed acts at once', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a.pem')
    const sources = new TrustSources({ ...none, trustFolder: folder })
    expect(await subjects(sources)).toEqual([])
    writeFileSync(path, rootPem())
    expect(await subjects(sources)).toEqual(['C=FR, O=Bundle tests, CN=Root'])
    writeFileSync(path, openssl.der({ ...ROOT, subject: '/CN=DER root' }))
    utimesSync(path, new Date(), new Date(Date.now() + 5_000))
    expect(await subjects(sources)).toEqual(['CN=DER root'])
    rmSync(path)
    expect(await subjects(sources)).toEqual([])
  })

  test('files that cannot be used are named, the others are used', async () => {
    const folder = await temporaryFolder()
    writeFileSync(join(folder, 'a.pem'), rootPem())
    writeFileSync(join(folder, 'b.txt'), 'read me')
    writeFileSync(join(folder, 'c.pem'), openssl.read(openssl.certificate(GOOD)))
    const { anchors, faults } = await new TrustSources({ ...none, trustFolder: folder }).current()
    expect(anchors).toHaveLength(1)
    expect(faults).toEqual([
      { path: join(folder, 'b.txt'), problem: 'The file holds neither PKCS#7 nor a certificate.' },
      { path: join(folder, 'c.pem'), problem: 'No certificate of an authority.' },
    ])
  })

  test('a folder that is not there is named', async () => {
    const path = join(await temporaryFolder(), 'missing')
    const trust = await new TrustSources({ trustFolder: path, revocationLists: path }).current()
    expect(trust.faults.map((fault) => fault.path)).toEqual([path, path])
    expect(trust.revocationLists).toEqual([])
  })

  test('lists are read in PEM and DER', async () => {
    const folder = await temporaryFolder()
    const pem = openssl.revocationList(ROOT, [GOOD], 5)
    writeFileSync(join(folder, 'a.pem'), pem)
    writeFileSync(join(folder, 'list'), pem)
    const der = openssl.output('crl', '-in', join(folder, 'list'), '-outform', 'DER')
    writeFileSync(join(folder, 'b.crl'), Buffer.concat([der, Buffer.from('\n')]))
    const sources = new TrustSources({ ...none, revocationLists: folder })
    const { revocationLists, faults } = await sources.current()
    expect(faults).toEqual([])
    expect(revocationLists?.map((list) => list.issuer)).toEqual(
      Array.from({ length: 3 }, () => 'C=FR, O=Bundle tests, CN=Root'),
    )
  })
})
