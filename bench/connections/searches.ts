import type { ConnectionCriteria } from '../../gateway/connections/connection-forms.ts'
import { startOfDayInParis } from '../../gateway/paris-days.ts'
import { COMMON_CODE, OPERATOR_SIRET, RARE_CODE, siretOf, type Member } from './population.ts'

/** What is asked for, each time with other values. */
export type SearchKind = (member: Member, turn: number) => Omit<ConnectionCriteria, 'limit'>

const NOBODY = 'zanzibar'
const NO_CODE = 'FSO9999A'
/** Those of every third structure, from another one each turn. */
const structures = (count: number, turn: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => siretOf(turn + index * 3))

/** Each criterion alone, where much, little and nothing is found, then together. */
export const SEARCHES: Readonly<Record<string, SearchKind>> = {
  'no criterion': () => ({}),
  'a later page': (member) => ({ before: member.id }),
  'partner, a name': ({ name }) => ({ partner: name }),
  'partner, a word of many': ({ name }) => ({ partner: name.split(' ')[1]!.toUpperCase() }),
  'partner, nobody': () => ({ partner: NOBODY }),
  'application code': ({ applicationCode }) => ({ applicationCode }),
  structure: ({ siret }) => ({ siret }),
  'structure with 2,000': () => ({ siret: OPERATOR_SIRET }),
  'structure with 2,000, partner nobody': () => ({ siret: OPERATOR_SIRET, partner: NOBODY }),
  protocol: ({ protocol }) => ({ protocol }),
  'state, a common one': () => ({ states: ['ACTIVATED', 'SENT_UPDATED'] }),
  'state, a rare one': () => ({ states: ['SENT'] }),
  'interface code, a common one': () => ({ interfaceCode: COMMON_CODE }),
  'interface code, a rare one': () => ({ interfaceCode: RARE_CODE }),
  'interface code, one nobody has': () => ({ interfaceCode: NO_CODE }),
  'certificate expires, many': () => ({
    certificateExpiresBefore: startOfDayInParis('2027-06-01'),
  }),
  'certificate expires, none': () => ({
    certificateExpiresBefore: startOfDayInParis('2025-01-01'),
  }),
  'of 20 structures': (_, turn) => ({ sirets: structures(20, turn) }),
  'of 900 structures, partner nobody': (_, turn) => ({
    sirets: structures(900, turn),
    partner: NOBODY,
  }),
  'of 5,000 structures': (_, turn) => ({ sirets: structures(5_000, turn) }),
  'of 20,000 structures, state rare': (_, turn) => ({
    sirets: structures(20_000, turn),
    states: ['SENT'],
  }),
  'of 20,000 structures, partner nobody': (_, turn) => ({
    sirets: structures(20_000, turn),
    partner: NOBODY,
  }),
  'partner, protocol, state': ({ name, protocol }) => ({
    partner: name.split(' ')[2]!,
    protocol,
    states: ['ACTIVATED'],
  }),
  'interface code common, expires soon, state rare': () => ({
    interfaceCode: COMMON_CODE,
    certificateExpiresBefore: startOfDayInParis('2026-03-01'),
    states: ['SENT'],
  }),
  'interface code nobody has, protocol, state': () => ({
    interfaceCode: NO_CODE,
    protocol: 'sftp',
    states: ['ACTIVATED'],
  }),
  'of 5,000 structures, all criteria': ({ name, protocol, siret }, turn) => ({
    sirets: structures(5_000, turn),
    siret,
    partner: name.split(' ')[1]!,
    protocol,
    states: ['ACTIVATED'],
    interfaceCode: COMMON_CODE,
    certificateExpiresBefore: startOfDayInParis('2028-01-01'),
  }),
}
