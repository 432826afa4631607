import { expect, test } from 'vitest'
import { hookSettings } from './hook-settings.ts'

test('a hook that fails is called six times in all, within some hours, and each call ends soon', () => {
  expect(hookSettings.parse({})).toEqual({
    signingKey: '',
    attempts: 6,
    retrySeconds: [10, 60, 300, 1_800, 7_200],
    callSeconds: 10,
    commands: {},
  })
})

test('commands are programs with their arguments, by a short name', () => {
  const commands = { 'tell-the-team': ['/usr/local/bin/tell', '--urgent'] }
  expect(hookSettings.parse({ commands }).commands).toEqual(commands)
})

test.each([
  { commands: { 'Tell Team': ['/bin/tell'] } },
  { commands: { tell: [] } },
  { commands: { tell: [''] } },
  { commands: { tell: '/bin/tell' } },
  { attempts: 0 },
  { retrySeconds: [] },
  { callSeconds: 0 },
  { signingkey: 'of another spelling' },
])('%o is refused', (settings) => {
  expect(hookSettings.safeParse(settings).success).toBe(false)
})
