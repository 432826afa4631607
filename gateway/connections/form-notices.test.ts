import { expect, test } from 'vitest'
import { FORM_NOTICES, noticesOf, requiredConfirmations, type NoticeFacts } from './form-notices.ts'

const facts = (changes: Partial<NoticeFacts> = {}): NoticeFacts => ({
  environment: 'qualification',
  protocol: 'sftp',
  state: 'DRAFT',
  modifiers: 1,
  certificateDays: undefined,
  ...changes,
})
const shown = (changes: Partial<NoticeFacts>): readonly string[] =>
  noticesOf({}, facts(changes)).map((notice) => notice.id)

test('qualification first is asked for in production only', () => {
  expect(shown({})).not.toContain('qualification-first')
  expect(shown({ environment: 'production' })).toContain('qualification-first')
})

test('more than two people who may modify are warned of, in every state', () => {
  expect(shown({ modifiers: 2 })).not.toContain('few-people')
  for (const state of ['DRAFT', 'SENT', 'ACTIVATED', 'DEACTIVATED'] as const) {
    expect(shown({ modifiers: 3, state })).toContain('few-people')
  }
})

test('a certificate that ends within thirty days is warned of', () => {
  expect(shown({ certificateDays: 31 })).not.toContain('certificate-ends-soon')
  expect(shown({ certificateDays: 29 })).toContain('certificate-ends-soon')
})

test('a notice with a box says whether it is ticked', () => {
  const notices = noticesOf({ confirmations: { documentationRead: true } }, facts())
  expect(notices.map((notice) => notice.confirmation).filter((one) => one !== undefined)).toEqual([
    { field: 'confirmations.documentationRead', isGiven: true },
    { field: 'confirmations.technicalSkill', isGiven: false },
  ])
})

test('every box that must be ticked has its notice', () => {
  const boxes = FORM_NOTICES.flatMap((row) => row.confirmation ?? [])
  expect(requiredConfirmations('production')).toEqual(boxes)
})
