import { expect, test } from 'vitest'
import { isLocalRequest } from './local-request.ts'

const LOCAL = {
  localAddress: '127.0.0.1',
  localPort: 8080,
  peer: '127.0.0.1',
  host: 'localhost:8080',
  origin: 'http://localhost:8080',
}

test.each([
  [{}],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }],
  [{ host: '[::1]:8080', origin: 'http://[::1]:8080', localAddress: '::1', peer: '::1' }],
  [{ localAddress: '::ffff:127.0.0.1', peer: '::ffff:127.0.0.1' }],
  [{ localPort: 80, host: 'localhost', origin: 'http://localhost' }],
])('a page of our own on this machine is local: %o', (changes) => {
  expect(isLocalRequest({ ...LOCAL, ...changes })).toBe(true)
})

test.each([
  ['a listener that others reach', { localAddress: '192.0.2.5' }],
  ['somebody else', { peer: '192.0.2.9' }],
  [
    'a name rebound to the loopback',
    { host: 'evil.example:8080', origin: 'http://evil.example:8080' },
  ],
  ['another port', { host: 'localhost:8081', origin: 'http://localhost:8081' }],
  ['another page of the same browser', { origin: 'http://evil.example' }],
  ['another page on this machine', { origin: 'http://localhost:3000' }],
  ['a page without origin', { origin: 'null' }],
  ['what says no origin', { origin: undefined }],
  ['what says no host', { host: undefined }],
  [
    'a name that begins like ours',
    { host: 'localhost.evil.example:8080', origin: 'http://localhost.evil.example:8080' },
  ],
])('%s is not local', (_, changes) => {
  expect(isLocalRequest({ ...LOCAL, ...changes })).toBe(false)
})
