import { expect, test } from 'vitest'
import type { PesitCredential } from '../../protocols/listener.ts'
import { OffsetClock } from '../clock.ts'
import { authenticatePesit } from './authenticate-pesit.ts'
import { Connection } from './connection.ts'
import type { ConnectionDirectory } from './directory.ts'
import { hashPesitPassword } from './pesit-password.ts'

const DAY = 86_400_000
const clock = new OffsetClock()
const hex = (digit: string): string => digit.repeat(64)

function connection(
  code: string,
  more: { state?: 'ACTIVATED' | 'DEACTIVATED'; password?: string },
) {
  const now = clock.now()
  const certificate = hex(code.at(-1) ?? '')
  return new Connection(
    {
      id: `cnx_${code}`,
      application_code: code,
      name: code,
      protocol: 'pesit',
      environment: 'qualification',
      state: more.state ?? 'ACTIVATED',
      form_json: JSON.stringify({
        certificates: [{ part: 'client', sha256: certificate }],
        network: { pesit: { requesterId: `P${code}`, serverId: 'X' } },
      }),
      blocked_json: null,
      settings_json: JSON.stringify(
        more.password === undefined
          ? {}
          : { pesit: { password: hashPesitPassword(more.password) } },
      ),
      valid_from: now - DAY,
      valid_until: now + DAY,
      revision: 1,
    },
    [
      {
        connection_id: `cnx_${code}`,
        sha256: certificate,
        spki_sha256: certificate,
        not_before: now - DAY,
        not_after: now + DAY,
      },
    ],
  )
}

const ALL = [
  connection('ABC001', {}),
  connection('ABC002', { password: 'SECRET01' }),
  connection('ABC003', { state: 'DEACTIVATED' }),
]
const having = (sha: string) => ALL.filter((one) => one.certificates[0]?.sha256 === sha)
const DIRECTORY = {
  findByPesitRequester: (id: string) => ALL.filter((one) => one.pesit?.requesterId === id),
  findByCertificate: having,
  findByKey: having,
} as unknown as ConnectionDirectory

function say(requesterId: string, digit?: string, password?: string): string {
  const credential: PesitCredential = {
    protocol: 'pesit',
    requesterId,
    ...(digit === undefined ? {} : { certificate: { sha256: hex(digit), spkiSha256: hex(digit) } }),
    ...(password === undefined ? {} : { password }),
    peerAddress: '127.0.0.1',
  }
  const answer = authenticatePesit(DIRECTORY, clock, credential)
  return answer.outcome === 'accepted' ? answer.connection.id : answer.reason
}

test('a certificate opens the connection whose PI 3 is said with it', () => {
  expect(say('PABC001', '1')).toBe('cnx_ABC001')
})

test("another partner's PI 3 is refused, however good the certificate is", () => {
  expect(say('PABC002', '1', 'SECRET01')).toMatch(/not that of PABC002/)
  expect(say('NOBODY', '1')).toMatch(/not that of NOBODY/)
})

test('an unknown certificate and an unknown PI 3 are refused', () => {
  expect(say('PABC001', '9')).toMatch(/not the registered one/)
  expect(say('NOBODY', '9')).toMatch(/no partner calls itself NOBODY/)
})

test('a password that is wanted must be said, beside the certificate', () => {
  expect(say('PABC002', '2')).toMatch(/password/)
  expect(say('PABC002', '2', 'SECRET02')).toMatch(/password/)
  expect(say('PABC002', '2', 'SECRET01')).toBe('cnx_ABC002')
  expect(say('PABC001', '1', 'WHATEVER')).toBe('cnx_ABC001')
})

test('a connection that is over is refused', () => {
  expect(say('PABC003', '3')).toMatch(/Deactivated/i)
})

test('without TLS PI 3 and the password decide', () => {
  expect(say('PABC001')).toBe('cnx_ABC001')
  expect(say('PABC002')).toMatch(/password/)
  expect(say('PABC002', undefined, 'SECRET01')).toBe('cnx_ABC002')
})
