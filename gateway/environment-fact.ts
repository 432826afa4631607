import { GatewayError } from './errors.ts'
import type { Environment } from './flow.ts'
import type { Journal } from './journal/journal.ts'

/**
 * A data folder belongs to one environment for good (decisions B15): the first start decides.
 * @throws GatewayError CONFIG_INVALID when this one is started for the other
 */
export async function requireEnvironment(
  journal: Journal,
  environment: Environment,
): Promise<void> {
  const { db } = journal
  await journal.write([
    {
      query: db
        .insertInto('facts')
        .values({ name: 'environment', value: environment })
        .onConflict((conflict) => conflict.column('name').doNothing()),
    },
  ])
  const [fact] = await journal.read(
    db.selectFrom('facts').select('value').where('name', '=', 'environment'),
  )
  if (fact?.value !== environment) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `This data folder is of the ${fact?.value} environment, and the setting says ${environment}.`,
      { remedy: 'Use another data folder (--data) for the other environment.' },
    )
  }
}
