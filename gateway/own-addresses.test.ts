import { expect, test } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { announcedListeners } from './own-addresses.ts'

const HERE = [{ protocol: 'sftp', host: '0.0.0.0', port: 2222 }] as const

test.each([
  ['its own listener', {}, HERE, HERE],
  ['nothing, where none listens and no public name is set', {}, [], []],
  [
    'the balancer’s port in place of the listener’s',
    { publicHost: 'edi.example.org', sftp: { publicPort: 22 } },
    HERE,
    [{ protocol: 'sftp', host: '0.0.0.0', port: 22 }],
  ],
  [
    'the listeners of other processes, by the public name',
    { publicHost: 'edi.example.org' },
    [],
    [{ protocol: 'sftp', host: 'edi.example.org', port: 2222 }],
  ],
  [
    'nothing that is switched off',
    { publicHost: 'edi.example.org', sftp: { enabled: false } },
    [],
    [],
  ],
])('a process tells partners of %s', (_what, overrides, own, announced) => {
  const config = loadConfig({ environment: {}, overrides })
  expect(announcedListeners(config, own)).toEqual(announced)
})
