import { describe, expect, test } from 'vitest'
import { givenName } from './flow-naming.ts'
import type { NamingOrder } from './flow-naming.ts'
import type { ParameterValues } from './parameter-table.ts'

const NAME = 'FSO1110A_ABC123_ABC1231110000000000000001.tar.gz'

function given(strategy: NamingOrder['strategy'], create: ParameterValues) {
  return givenName({
    strategy,
    applicationCode: 'ABC123',
    partner: { requesterId: 'PARTNER1', overrides: { aliases: { INVOICES: 'FSO1110A' } } },
    create,
  })
}

describe('the name of a flow', () => {
  test.each([
    ['label', { fileName: 'FSO1110A', label: NAME }],
    ['label', { fileName: 'FSO1110A', label: `/data/out/${NAME}` }],
    ['label', { fileName: 'FSO1110A', label: `C:\\out\\${NAME}` }],
    ['label', { fileName: NAME, label: NAME }],
    ['free-text', { fileName: 'FSO1110A', freeText: NAME }],
    ['file-name', { fileName: NAME }],
  ] as const)('by %s is read out of %j', (strategy, create) => {
    expect(given(strategy, create)).toEqual({ name: NAME })
  })

  test.each([
    ['label', { fileName: 'FSO1110A' }, /PI 37 is missing/],
    [
      'label',
      { fileName: 'FSO1111A', label: NAME },
      /PI 12 is FSO1111A and PI 37 names a flow of FSO1110A/,
    ],
    ['free-text', { fileName: 'FSO1110A', label: NAME }, /PI 99 is missing/],
    ['aliases', { fileName: 'OTHER' }, /no alias/],
    ['aliases', { fileName: 'constructor' }, /no alias/],
  ] as const)('by %s is not to be had of %j', (strategy, create, fault) => {
    expect(given(strategy, create)).toEqual({ fault: expect.stringMatching(fault) })
  })

  test('of an alias is in the grammar, and the same for the same transfer only', () => {
    const create = { fileName: 'INVOICES', transferId: 7, createdAt: '261122100000' }
    const made = given('aliases', create)
    if (!('name' in made)) throw new Error(made.fault)
    expect(made.name).toMatch(/^FSO1110A_ABC123_ABC1231110[0-9A-Z]{15}\.tar\.gz$/)
    expect(given('aliases', create)).toEqual(made)
    expect(given('aliases', { ...create, transferId: 8 })).not.toEqual(made)
    expect(given('aliases', { ...create, createdAt: '261122100001' })).not.toEqual(made)
  })
})
