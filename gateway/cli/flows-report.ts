import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell } from './terminal.ts'

/** `raccord flows report ID --pdf FILE`: the integration report, for people. */
export function addFlowsReport(flows: Command, context: CommandContext): void {
  withApiOptions(flows.command('report').description('Write the report on a flow as a PDF.'))
    .argument('<id>', 'flow id, a unique start of it, or the 25-character identifier')
    .requiredOption('--pdf <file>', 'where to write it; - for standard output')
    .action(async (id: string, options: ApiOptions & { readonly pdf: string }) => {
      const client = await apiClient(options, context)
      const response = await client.call({
        path: `/flows/${encodeURIComponent(id)}/report.pdf`,
        query: { lang: context.language },
      })
      const content = Readable.fromWeb(response.body as never)
      const { pdf } = options
      if (pdf === '-') return await pipeline(content, process.stdout, { end: false })
      try {
        await pipeline(content, createWriteStream(pdf))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        throw new CommandFailure(EXIT.usage, `${pdf} cannot be written (${code}).`)
      }
      tell(context.language === 'fr' ? `${pdf} est écrit.` : `${pdf} is written.`)
    })
}
