import { expect, test } from 'vitest'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { selectedReturn } from './return-selection.ts'

function offer(interfaceCode: string, number: number): ReturnFlow {
  return {
    id: `ret_${number}`,
    connectionId: 'cnx_test',
    kind: 'report',
    interfaceCode,
    fileName: `${interfaceCode}_ABC123_ABC12311100000000000000${String(number).padStart(2, '0')}.tar.gz`,
    content: { sha256: '', bytes: 0 },
    createdAt: number,
    availableUntil: 99,
    state: 'OFFERED',
  }
}

const OFFERED = [offer('CSO1110A', 1), offer('CSO1110A', 2), offer('CPPStatutPivot', 3)]
const PARTNER = { requesterId: 'P', overrides: { aliases: { REPORTS: 'CSO1110A' } } }

test.each([
  ['CSO1110A', 1],
  ['REPORTS', 1],
  [OFFERED[1]!.fileName, 2],
  [OFFERED[1]!.fileName.replace('.tar.gz', ''), 2],
  ['*', 1],
  ['*02.tar.gz', 2],
  ['CPP*', 3],
  ['CSO????A', 1],
  ['***?***', 1],
])('SELECT %s means return flow %i', (name, number) => {
  expect(selectedReturn(OFFERED, PARTNER, name)?.id).toBe(`ret_${number}`)
})

test.each(['FSO1110A', 'CSO1110', 'X*', ''])('SELECT %s means none', (name) => {
  expect(selectedReturn(OFFERED, PARTNER, name)).toBeUndefined()
})

test('a pattern of many stars takes no time', () => {
  const pattern = `${'*a'.repeat(38)}b`
  expect(selectedReturn(OFFERED, PARTNER, pattern)).toBeUndefined()
})
