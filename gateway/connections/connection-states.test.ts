import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { CONNECTION_MOVES, CONNECTION_STATES, stateAfter } from './connection-states.ts'

test('every move of the table leads from a state to a state', () => {
  for (const move of CONNECTION_MOVES) {
    expect(CONNECTION_STATES).toHaveProperty(move.from)
    expect(stateAfter(move.from, move.event)).toBe(move.to)
  }
})

test('a move that is not in the table names state and event', () => {
  expect(() => stateAfter('DEACTIVATED', 'activate')).toThrow(
    new GatewayError(
      'CONNECTION_MOVE_ILLEGAL',
      'A connection in state DEACTIVATED cannot take the move activate.',
    ),
  )
})

test('nothing leaves a deactivated connection', () => {
  expect(CONNECTION_MOVES.filter((move) => move.from === 'DEACTIVATED')).toEqual([])
})
