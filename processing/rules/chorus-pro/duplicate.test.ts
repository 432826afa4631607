import { expect, test } from 'vitest'
import { duplicateFinding } from './duplicate.ts'

const INVOICE = { part: 2, file: 'F2.xml', invoice: 'F1' }

test('a duplicate is refused under F09, with the flow of the same partner that has the number', () => {
  const finding = duplicateFinding({ ...INVOICE, holder: 'SIM1231110000000000000042' })
  expect(finding).toMatchObject({
    ...INVOICE,
    rule: 'DUP-01',
    severity: 'fatal',
    nature: 'ERR_FCT',
    code: 'ERR_FCT_009',
  })
  expect(finding.message.en).toContain('in flow SIM1231110000000000000042')
  expect(finding.message.fr).toContain('dans le flux SIM1231110000000000000042')
})

test('a duplicate of another partner’s invoice says nothing of that partner or its flow', () => {
  const { message } = duplicateFinding({ ...INVOICE, holder: null })
  expect(message.en).toContain('with another partner')
  expect(message.fr).toContain('par un autre partenaire')
})

test('a duplicate inside a flow says which part is the first', () => {
  expect(duplicateFinding({ ...INVOICE, holderPart: 1 }).message.en).toContain('as part 1')
  expect(duplicateFinding(INVOICE).message.en).toContain('earlier in this flow')
})
