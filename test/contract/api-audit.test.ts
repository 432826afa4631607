import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { certificateSha256 } from '../../certs/fingerprint.ts'
import { makeSigningRequest } from '../../certs/signing-request.ts'
import { newPerson, type ApiPerson } from '../support/api-people.ts'
import { startedApi } from '../support/started-api.ts'

interface Row {
  readonly action: string
  readonly actor: { readonly id: string }
  readonly object: { readonly kind: string; readonly id: string }
  readonly after: unknown
}

async function auditRows(person: ApiPerson, action: string): Promise<readonly Row[]> {
  const answer = await person.ask('GET', `/audit?action=${action}`)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { items: readonly Row[] }).items
}

test('a certificate that was signed for somebody is in the audit, with its fingerprint', async () => {
  const { machine } = await startedApi()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const order = {
    request: makeSigningRequest('audited', privateKey),
    purpose: 'client',
    days: 2,
    dnsNames: ['edi.example'],
  }
  const answer = await machine.ask('POST', '/test-certificates', order)
  expect(answer.status).toBe(201)
  const { certificatePem } = (await answer.json()) as { certificatePem: string }
  const certificate = new X509Certificate(certificatePem)
  const refused = await machine.ask('POST', '/test-certificates', { ...order, request: 'none' })
  expect(refused.status).toBe(400)
  expect(await auditRows(machine, 'certificate.make-test')).toMatchObject([
    {
      actor: { id: 'machine' },
      object: { kind: 'certificate', id: certificateSha256(certificate) },
      after: { serial: certificate.serialNumber, purpose: 'client', dnsNames: ['edi.example'] },
    },
  ])
})

test('who signs out is in the audit, once', async () => {
  const { url, machine } = await startedApi()
  const { id, person } = await newPerson(url, machine, 'leaver')
  expect((await person.ask('DELETE', '/session')).status).toBe(204)
  const rows = await auditRows(machine, 'session.end')
  expect(rows.map(({ object }) => object.id)).toEqual([id])
})
