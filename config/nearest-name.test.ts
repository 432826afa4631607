import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const KNOWN = ['sftp.port', 'sftp.host', 'api.port']

test.each([
  ['sftp.prot', 'sftp.port'],
  ['SFTP.PORT', 'sftp.port'],
  ['sftpport', 'sftp.port'],
  ['api.prt', 'api.port'],
  ['journal', undefined],
  ['x'.repeat(10_000), undefined],
])('%s most likely meant %s', (given, expected) => {
  expect(nearestName(given, KNOWN)).toBe(expected)
})
