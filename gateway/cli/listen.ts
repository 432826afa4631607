import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import type { PartnerAddress } from '../partner-address.ts'
import { openPartnerFolder, type PartnerFolder } from '../partner-folder.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PartnerListenerOptions, StartPartnerListener } from './partner-listener.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface ListenOptions {
  readonly partner: string
  readonly host?: string
  readonly port?: string
  readonly out?: string
  readonly count?: string
  readonly timeout?: string
  readonly as2?: readonly string[]
  readonly pesit?: readonly string[]
  readonly json?: boolean
}

type AddressOf<Protocol extends PartnerAddress['protocol']> = Extract<
  PartnerAddress,
  { readonly protocol: Protocol }
>

/** One line a protocol on which the gateway calls partners; each is loaded when it is used. */
const LISTENERS: {
  readonly [Protocol in PartnerAddress['protocol']]?: () => Promise<
    StartPartnerListener<AddressOf<Protocol>>
  >
} = {
  as2: async () => (await import('./listen-via-as2.ts')).startAs2Listener,
  pesit: async () => (await import('./listen-via-pesit.ts')).startPesitPartner,
}

/** `raccord listen`: takes return flows as a partner that the gateway calls. */
export function listenCommand(context: CommandContext): Command {
  return new Command('listen')
    .description('Listen as a partner, for the return flows that the gateway brings.')
    .requiredOption('--partner <folder>', 'partner folder: keys, certificates, address')
    .option('--host <address>', 'address to bind; default: that of the folder')
    .option('--port <number>', 'port to bind; 0 = any free one; default: that of the folder')
    .option('--out <folder>', 'where return flows go; default: returns/ in the partner folder')
    .option('--count <flows>', 'end after so many')
    .option('--timeout <duration>', 'end after this time: with --count, a failure')
    .option('--as2 <setting...>', 'AS2, to try it: receipts=never, refuse=decryption-failed …')
    .option('--pesit <setting...>', 'PeSIT, to try it: naming=free-text, preset=cft, window=4 …')
    .option('--json', 'one JSON document a line, of each return flow')
    .action(async (options: ListenOptions) => {
      const start = startFolder(context.environment)
      const partner = await openPartnerFolder(resolve(start, options.partner))
      const out = resolve(start, options.out ?? join(partner.folder, 'returns'))
      await listen(partner, { ...options, out })
    })
}

async function listen(
  partner: PartnerFolder,
  options: ListenOptions & { readonly out: string },
): Promise<void> {
  const wanted =
    options.count === undefined
      ? Number.POSITIVE_INFINITY
      : wholeNumber(options.count, '--count', { minimum: 1, maximum: 1_000_000 })
  const place = {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined
      ? {}
      : { port: wholeNumber(options.port, '--port', { minimum: 0, maximum: 65_535 }) }),
  }
  await mkdir(options.out, { recursive: true })
  let count = 0
  const enough = Promise.withResolvers<'enough'>()
  const listener = await startListener(partner, {
    ...place,
    ...(options.as2 === undefined ? {} : { as2: options.as2 }),
    ...(options.pesit === undefined ? {} : { pesit: options.pesit }),
    tell,
    async received({ fileName, content, from }) {
      const path = join(options.out, basename(fileName))
      await writeFile(path, content)
      count += 1
      if (options.json === true) await writeJson({ fileName: path, bytes: content.length, from })
      else await writeOut(`✓ ${path}  ${content.length} bytes  from ${from}\n`)
      if (count >= wanted) enough.resolve('enough')
    },
  })
  tell(`${partner.applicationCode} listens at ${listener.url}; Ctrl-C stops.`)
  const end = await Promise.race([enough.promise, stopRequested(), timeUp(options.timeout)])
  await listener.stop()
  if (end !== TIME_UP || wanted === Number.POSITIVE_INFINITY) return
  throw new CommandFailure(
    EXIT.timedOut,
    `${count} of ${wanted} return flows came in time.`,
    'What the gateway tried, and why it failed: raccord returns list',
  )
}

const TIME_UP = 'time is up'

function timeUp(timeout: string | undefined): Promise<typeof TIME_UP> {
  return new Promise((resolve) => {
    if (timeout !== undefined) setTimeout(() => resolve(TIME_UP), parseDuration(timeout)).unref()
  })
}

/** @throws CommandFailure usage for a protocol on which partners fetch, or which is not spoken */
async function startListener(partner: PartnerFolder, options: PartnerListenerOptions) {
  const { protocol } = partner.address
  const load = LISTENERS[protocol]
  if (load !== undefined) {
    // The table gives to each protocol the listener of its own address.
    return ((await load()) as StartPartnerListener<PartnerAddress>)(partner, options)
  }
  throw new CommandFailure(
    EXIT.usage,
    protocol === 'sftp'
      ? 'A partner on SFTP fetches its return flows: the gateway does not call it.'
      : `raccord listen does not speak ${protocol}.`,
    protocol === 'sftp' ? 'Wait for a report with: raccord send … --wait' : undefined,
  )
}
