import { expect, test } from 'vitest'
import { checkForm, type FormFacts } from './form-checks.ts'
import { FORM_FAULTS } from './form-faults.ts'
import type { ConnectionForm } from './form.ts'

const SHA = 'a'.repeat(64)
const facts = (changes: Partial<FormFacts> = {}): FormFacts => ({
  protocol: 'sftp',
  environment: 'qualification',
  now: Date.parse('2026-06-15T10:00:00Z'),
  isStructureActive: true,
  given: new Set([SHA]),
  ...changes,
})
const good: ConnectionForm = {
  validFrom: '2026-06-01',
  validUntil: '2027-05-31',
  certificates: [{ part: 'client', sha256: SHA }],
  contact: { name: 'Durand', email: 'edi@partner.example', telephone: '+33 1 23 45 67 89' },
  network: { ipAddresses: ['192.0.2.0/24'] },
  codes: { FSO1110A: 'PARTIAL', FSO1100A: 'NONE' },
  confirmations: { documentationRead: true, technicalSkill: true },
}
const as2 = { url: 'https://edi.partner.example/as2', as2Id: 'PARTNER' }
const pesit = { host: 'pesit.partner.example', port: 5000, requesterId: 'ACM', serverId: 'CPP' }
const told = (form: ConnectionForm, changes: Partial<FormFacts> = {}): readonly string[] =>
  checkForm(form, facts(changes)).map(({ field, code }) => `${field} ${code}`)

test('a form that is filled in has no fault, on each protocol', () => {
  expect(told(good)).toEqual([])
  const server = [{ part: 'server', sha256: SHA }] as const
  expect(
    told({ ...good, certificates: [...server], network: { as2 } }, { protocol: 'as2' }),
  ).toEqual([])
  const both = [...good.certificates!, ...server]
  expect(told({ ...good, certificates: both, network: { pesit } }, { protocol: 'pesit' })).toEqual(
    [],
  )
})

test('an empty draft has all that is missing listed at once, by field', () => {
  expect(told({})).toEqual([
    'certificates.client CERTIFICATE_MISSING',
    'contact.name CONTACT_NAME_MISSING',
    'contact.email CONTACT_EMAIL_MISSING',
    'contact.telephone CONTACT_TELEPHONE_MISSING',
    'codes CODES_MISSING',
    'confirmations.documentationRead CONFIRMATION_MISSING',
    'confirmations.technicalSkill CONFIRMATION_MISSING',
  ])
  expect(told({}, { protocol: 'as2', environment: 'production' })).toEqual([
    'certificates.server CERTIFICATE_MISSING',
    'contact.name CONTACT_NAME_MISSING',
    'contact.email CONTACT_EMAIL_MISSING',
    'contact.telephone CONTACT_TELEPHONE_MISSING',
    'network.as2.url AS2_URL_MISSING',
    'network.as2.as2Id AS2_ID_MISSING',
    'codes CODES_MISSING',
    'confirmations.documentationRead CONFIRMATION_MISSING',
    'confirmations.technicalSkill CONFIRMATION_MISSING',
    'confirmations.qualificationFirst CONFIRMATION_MISSING',
  ])
  expect(told({}, { protocol: 'pesit' }).filter((one) => one.includes('pesit'))).toEqual([
    'network.pesit.host PESIT_HOST_MISSING',
    'network.pesit.port PESIT_PORT_MISSING',
    'network.pesit.requesterId PESIT_REQUESTER_MISSING',
    'network.pesit.serverId PESIT_SERVER_MISSING',
  ])
})

const other = 'b'.repeat(64)
const CASES: readonly (readonly [string, Partial<ConnectionForm>, Partial<FormFacts>])[] = [
  [' STRUCTURE_CLOSED', {}, { isStructureActive: false }],
  ['validUntil VALIDITY_EMPTY', { validUntil: '2026-05-31' }, {}],
  ['validUntil VALIDITY_ENDED', { validUntil: '2026-06-14' }, {}],
  [
    'certificates.1 CERTIFICATE_UNKNOWN',
    {
      certificates: [
        { part: 'client', sha256: SHA },
        { part: 'client', sha256: other },
      ],
    },
    {},
  ],
  [
    'certificates.1 CERTIFICATE_OUT_OF_PLACE',
    {
      certificates: [
        { part: 'client', sha256: SHA },
        { part: 'server', sha256: SHA },
      ],
    },
    {},
  ],
  [
    'certificates.client CERTIFICATE_TOO_MANY',
    { certificates: Array.from({ length: 3 }, () => ({ part: 'client', sha256: SHA })) },
    {},
  ],
  [
    'contact.email CONTACT_EMAIL_MALFORMED',
    { contact: { ...good.contact, email: 'a@b\r\nBcc: x@y.example' } },
    {},
  ],
  [
    'contact.telephone CONTACT_TELEPHONE_MALFORMED',
    { contact: { ...good.contact, telephone: '12' } },
    {},
  ],
  ['network.ipAddresses.0 IP_MALFORMED', { network: { ipAddresses: ['partner.example'] } }, {}],
  ['network.as2 NETWORK_OUT_OF_PLACE', { network: { as2 } }, {}],
  ['network.pesit NETWORK_OUT_OF_PLACE', { network: { pesit } }, {}],
  ['codes.FSO0000Z CODE_UNKNOWN', { codes: { ...good.codes, FSO0000Z: 'PARTIAL' } }, {}],
]

test.each(CASES)('%s', (expected, change, changes) => {
  expect(told({ ...good, ...change }, changes)).toEqual([expected])
})

test('addresses of an AS2 or PeSIT server are looked at', () => {
  const told2 = (network: ConnectionForm['network'], protocol: 'as2' | 'pesit') =>
    told({ ...good, network: network! }, { protocol }).filter((one) => one.startsWith('network'))
  for (const url of ['ftp://x.example', 'partner', 'https://user:secret@x.example/as2']) {
    expect(told2({ as2: { ...as2, url } }, 'as2')).toEqual(['network.as2.url AS2_URL_MALFORMED'])
  }
  expect(told2({ as2: { ...as2, as2Id: 'A"B' } }, 'as2')).toEqual([
    'network.as2.as2Id AS2_ID_MALFORMED',
  ])
  expect(told2({ pesit: { ...pesit, host: 'partner:5000' } }, 'pesit')).toEqual([
    'network.pesit.host PESIT_HOST_MALFORMED',
  ])
  expect(told2({ pesit: { ...pesit, requesterId: 'A B' } }, 'pesit')).toEqual([
    'network.pesit.requesterId PESIT_ID_MALFORMED',
  ])
  expect(told2({ pesit: { ...pesit, host: '2001:db8::1' } }, 'pesit')).toEqual([])
})

test('the last day counts until midnight in Paris', () => {
  const form = { ...good, validUntil: '2026-06-15' }
  expect(told(form, { now: Date.parse('2026-06-15T21:59:59Z') })).toEqual([])
  expect(told(form, { now: Date.parse('2026-06-15T22:00:00Z') })).toEqual([
    'validUntil VALIDITY_ENDED',
  ])
})

test('every fault says what and what to do, in both languages', () => {
  for (const row of Object.values(FORM_FAULTS)) {
    for (const text of [row.message.en, row.message.fr, row.remedy.en, row.remedy.fr]) {
      expect(text).toMatch(/^.+\.$/)
    }
  }
})
