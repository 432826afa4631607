import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { shownConfig } from './shown-config.ts'

test('a password in a setting is not shown, everything else is', () => {
  const config = loadConfig({
    environment: { RACCORD_JOURNAL__URL: 'postgres://raccord:secret@db/raccord' },
    overrides: { sftp: { port: '2022' } },
  })
  const shown = shownConfig(config)
  expect(JSON.stringify(shown)).not.toContain('secret')
  expect(shown).toMatchObject({ journal: { url: '(hidden)' }, queue: { url: 'journal:' } })
  expect(shown['sftp']).toEqual(config.sftp)
  expect(shown).toMatchObject({ alerts: { webhooks: [] }, hooks: { commands: {} } })
})

test('neither are webhooks, whose path is a password, nor arguments of commands', () => {
  const config = loadConfig({
    environment: { RACCORD_ALERTS__WEBHOOKS: 'https://hooks.example/services/secret' },
    overrides: { hooks: { commands: { tell: ['curl', '-u', 'us:secret'] } } },
  })
  const shown = shownConfig(config)
  expect(JSON.stringify(shown)).not.toContain('secret')
  expect(shown).toMatchObject({ alerts: { webhooks: '(hidden)' }, hooks: { commands: '(hidden)' } })
})
