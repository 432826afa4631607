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
})
