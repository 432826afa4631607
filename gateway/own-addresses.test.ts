import { expect, test } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { announcedListeners } from './own-addresses.ts'

const HERE = [{ protocol: 'sftp', host: '0.0.0.0', port: 2222 }] as const
const AS2_URL = { scheme: 'http', path: '/as2' } as const
const AS2_HERE = [
  { protocol: 'as2', host: '0.0.0.0', port: 8081, url: AS2_URL },
  { protocol: 'as2', host: '0.0.0.0', port: 8444, url: { ...AS2_URL, scheme: 'https' } },
] as const
const ONLY_SFTP = { as2: { enabled: false }, pesit: { enabled: false } }

test.each([
  ['its own listener', {}, HERE, HERE],
  ['nothing, where none listens and no public name is set', {}, [], []],
  [
    'the balancer’s port in place of the listener’s',
    { publicHost: 'edi.example.org', sftp: { publicPort: 22 }, ...ONLY_SFTP },
    HERE,
    [{ protocol: 'sftp', host: '0.0.0.0', port: 22 }],
  ],
  [
    'the listeners of other processes, by the public name',
    { publicHost: 'edi.example.org' },
    [],
    [
      { protocol: 'sftp', host: 'edi.example.org', port: 2222 },
      { protocol: 'as2', host: 'edi.example.org', port: 8081, url: AS2_URL },
      { protocol: 'pesit', host: 'edi.example.org', port: 5001 },
    ],
  ],
  [
    'nothing that is switched off',
    { publicHost: 'edi.example.org', sftp: { enabled: false }, ...ONLY_SFTP },
    [],
    [],
  ],
  [
    'AS2 by the balancer’s port, https as it listens',
    { as2: { publicPort: 80 } },
    AS2_HERE,
    [{ ...AS2_HERE[0], port: 80 }, AS2_HERE[1]],
  ],
  [
    'AS2 over https by the balancer’s port, too',
    { as2: { publicHttpsPort: 443 } },
    AS2_HERE,
    [AS2_HERE[0], { ...AS2_HERE[1], port: 443 }],
  ],
])('a process tells partners of %s', (_what, overrides, own, announced) => {
  const config = loadConfig({ environment: {}, overrides })
  expect(announcedListeners(config, own)).toEqual(announced)
})
