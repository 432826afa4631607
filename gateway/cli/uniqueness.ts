import { apiClient, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { tell, writeJson } from './terminal.ts'

export interface UniquenessOptions extends ApiOptions {
  readonly connection?: string
  readonly flows?: boolean
  readonly invoices?: boolean
  readonly json?: boolean
}

interface EpochDocument {
  readonly epoch: number
  readonly flows: number
  readonly invoices: number
  readonly undecided: number
}

/** `raccord reset --flows | --invoices`: identifiers and numbers may come again, while the gateway runs. */
export async function resetUniqueness(
  options: UniquenessOptions,
  context: CommandContext,
): Promise<void> {
  const { connection, flows = false, invoices = false } = options
  const client = await apiClient(options, context)
  const body = { flows, invoices, ...(connection === undefined ? {} : { connection }) }
  const made = await client.json<EpochDocument>({
    method: 'POST',
    path: '/uniqueness/epochs',
    body,
  })
  if (options.json === true) return await writeJson(made)
  tell(
    {
      en: `Epoch ${made.epoch}: ${made.flows} flow identifiers and ${made.invoices} invoice numbers may come again.`,
      fr: `Époque ${made.epoch} : ${made.flows} identifiants de flux et ${made.invoices} numéros de facture peuvent revenir.`,
    }[context.language],
  )
  if (made.undecided === 0) return
  tell(
    {
      en: `${made.undecided} flows are not decided and keep theirs: again once they are.`,
      fr: `${made.undecided} flux ne sont pas encore jugés et gardent les leurs : à refaire ensuite.`,
    }[context.language],
  )
}
