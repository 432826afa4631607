import { GatewayError } from '../../gateway/errors.ts'
import type { IntakeOutcome, ReceivedFlow } from '../../gateway/flow.ts'
import type { ListenerServices } from '../listener.ts'
import { decodeReceipt, type StoredReceipt } from './stored-receipt.ts'

/**
 * Hands a message over, whose receipt is to be remembered under `key`. When another message of the
 * same Message-ID was taken at the same moment, by this process or another, nothing is taken.
 * @returns what the intake says, or the receipt that stands: the other message came before, after all
 * @throws GatewayError of the intake
 */
export async function takeOnce(
  { intake, memory }: Pick<ListenerServices, 'intake' | 'memory'>,
  flow: ReceivedFlow,
  key: string,
): Promise<
  | { readonly taken: IntakeOutcome; readonly standing?: undefined }
  | { readonly taken?: undefined; readonly standing: StoredReceipt }
> {
  try {
    return { taken: await intake(flow) }
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'INTAKE_OVERTAKEN') throw error
    const standing = await memory.get('as2', flow.connectionId, key)
    if (standing === undefined) throw error
    return { standing: decodeReceipt(standing) }
  }
}
