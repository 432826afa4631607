import { FLOW_STATES } from '../../gateway/flow-states.ts'
import { idsFrom } from '../../gateway/ids.ts'
import { failed, passed, waiting, type JudgeStep, type Scene } from './scene.ts'

/** Many flows of one step, counted where they are: none is read one by one. */

const FINAL = Object.entries(FLOW_STATES).flatMap(([state, { isFinal }]) =>
  isFinal ? [state] : [],
)

/** Flows of the run that no step before has counted, by state. */
async function countByState({ journal, connection, memory, runStartedAt }: Scene) {
  const counted = Object.values(memory.flows)
  const rows = await journal.read(
    journal.db
      .selectFrom('flows')
      .select((row) => ['state', row.fn.countAll().as('count'), row.fn.max('id').as('last')])
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('flw', runStartedAt))
      .where('id', 'not in', counted.length === 0 ? ['flw_'] : counted)
      .groupBy('state'),
  )
  // PostgreSQL counts in text.
  return rows.map(({ state, count, last }) => ({ state, count: Number(count), last }))
}

export const expectFlows: JudgeStep = async (scene) => {
  const wanted = Number(scene.values['count'])
  const rows = await countByState(scene)
  const sum = (states: readonly string[]): number =>
    rows.reduce((all, { state, count }) => all + (states.includes(state) ? count : 0), 0)
  const total = rows.reduce((all, { count }) => all + count, 0)
  const [decided, integrated] = [sum(FINAL), sum(['IN_INTEGRE'])]
  const text = [
    `${total} taken in charge, ${decided} decided, ${integrated} integrated`,
    `${total} pris en charge, ${decided} décidés, ${integrated} intégrés`,
  ] as const
  if (decided > integrated || total > wanted) return failed(...text)
  if (integrated < wanted) return waiting(...text)
  const until = rows
    .map(({ last }) => last)
    .toSorted()
    .at(-1)
  return passed(...named(text, total), {
    seen: { flows: await firstFlows(scene) },
    ...(until === undefined ? {} : { remember: { countedUntil: until } }),
  })
}

/** Named in the record; more are counted, and said to be more. */
const MAX_NAMED = 1_000

function named([en, fr]: readonly [string, string], total: number): readonly [string, string] {
  return total <= MAX_NAMED
    ? [en, fr]
    : [
        `${en}; the first ${MAX_NAMED} are in the record`,
        `${fr} ; les ${MAX_NAMED} premiers figurent au procès-verbal`,
      ]
}

async function firstFlows({ journal, connection, memory, runStartedAt }: Scene) {
  const counted = Object.values(memory.flows)
  const rows = await journal.read(
    journal.db
      .selectFrom('flows')
      .select('id')
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('flw', runStartedAt))
      .where('id', 'not in', counted.length === 0 ? ['flw_'] : counted)
      .orderBy('id')
      .limit(MAX_NAMED),
  )
  return rows.map(({ id }) => id)
}

async function firstReports({ journal, connection, runStartedAt }: Scene) {
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select('id')
      .where('connection_id', '=', connection.id)
      .where('kind', '=', 'report')
      .where('flow_id', '>=', idsFrom('flw', runStartedAt))
      .orderBy('flow_id')
      .orderBy('id')
      .limit(MAX_NAMED),
  )
  return rows.map(({ id }) => id)
}

export const expectReports: JudgeStep = async (scene) => {
  const { journal, connection, values, runStartedAt } = scene
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select((row) => ['state', row.fn.countAll().as('count')])
      .where('connection_id', '=', connection.id)
      .where('kind', '=', 'report')
      .where('flow_id', '>=', idsFrom('flw', runStartedAt))
      .groupBy('state'),
  )
  const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]))
  const delivered = counts.get('DELIVERED') ?? 0
  const total = [...counts.values()].reduce((all, count) => all + count, 0)
  const text = [`${delivered} delivered of ${total}`, `${delivered} remis sur ${total}`] as const
  if (delivered < Number(values['count'])) return waiting(...text)
  return passed(...named(text, total), { seen: { returns: await firstReports(scene) } })
}
