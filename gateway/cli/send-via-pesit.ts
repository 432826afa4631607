import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  LocalFile,
  PARTNER_PRESETS,
  PesitRefusal,
  type PesitRequester,
  type WritingOrder,
  type WritingRecord,
} from '../../protocols/pesit/sender.ts'
import { SendingError, type SendingFailure } from '../../protocols/sending.ts'
import type { PesitAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { startPesitPartner } from './listen-via-pesit.ts'
import { PutRefused, type OpenTransport, type ReceivedReturn } from './partner-transport.ts'
import { callGateway, contentOf, TransferRecords, type PesitManner } from './pesit-call.ts'
import { pesitManner } from './pesit-options.ts'
import { tell } from './terminal.ts'

const POLL_MILLISECONDS = 500
/** PI 2: nothing is there to be fetched. */
const NO_SUCH_FILE = 205

/** Writes flows to the gateway; return flows are brought to the partner, or fetched by READ. */
export const openPesitTransport: OpenTransport<PesitAddress> = async (
  partner,
  { receives, signal, pesit },
) => {
  const manner = pesitManner(pesit)
  const returns: ReceivedReturn[] = []
  const listener =
    receives && partner.address.listener !== undefined
      ? await startPesitPartner(partner, {
          tell,
          received: async (file) => void returns.push(file),
        })
      : undefined
  return {
    put: (flow) => putByPesit(partner, flow, manner, signal),
    async receive(baseName, until) {
      while (!until.aborted) {
        const found =
          listener === undefined
            ? await fetchByPesit(partner, `${baseName}*`, manner)
            : returns.find(({ fileName }) => fileName.startsWith(baseName))
        if (found !== undefined) return found
        await sleep(POLL_MILLISECONDS, undefined, { signal: until }).catch(() => {})
      }
      return undefined
    },
    async fetch(name, until) {
      for (;;) {
        const found = await fetchByPesit(partner, name, manner)
        if (found !== undefined || until === undefined || until.aborted) return found
        await sleep(POLL_MILLISECONDS, undefined, { signal: until }).catch(() => {})
      }
    },
    fetchAgain: (name) => fetchByPesit(partner, name.replace(/\.(tar\.gz|xml)$/, ''), manner),
    async close() {
      await listener?.stop()
    },
  }
}

/**
 * Writes one flow; a transfer of it that was cut before goes on where the gateway says.
 * @throws PutRefused, CommandFailure
 */
export async function putByPesit(
  partner: PartnerFolder<PesitAddress>,
  { fileName, path }: { readonly fileName: string; readonly path: string },
  manner: PesitManner = {},
  signal?: AbortSignal,
): Promise<{ readonly bytes: number }> {
  const records = new TransferRecords(partner)
  const content = await orFailure(contentOf(path))
  try {
    const requester = await orFailure(callGateway(partner, 'write', manner, signal))
    try {
      const preset = PARTNER_PRESETS[manner.product ?? 'spec']
      const record = await records.of(fileName, manner.articleBytes ?? preset.articleBytes)
      const write = (from: WritingRecord) =>
        requester.write({
          content,
          ...namesOf(fileName, manner.naming),
          record: from,
          isRestart: from.trail.length > 0,
          onRecord: (now) => records.keep(fileName, now),
          ...(signal === undefined ? {} : { signal }),
        })
      await orFailure(write(record), true)
      await records.forget(fileName)
    } finally {
      await requester.close()
    }
    return { bytes: content.bytes }
  } finally {
    await content.close()
  }
}

/** PI 12, 37 and 99 of a flow (decisions E3). */
function namesOf(
  fileName: string,
  naming: PesitManner['naming'],
): Pick<WritingOrder, 'fileName' | 'label' | 'freeText'> {
  if (naming === 'file-name') return { fileName }
  const code = fileName.slice(0, fileName.indexOf('_'))
  if (naming === 'free-text') return { fileName: code, freeText: fileName }
  return { fileName: code, label: fileName }
}

/** @returns undefined when nothing of that name waits now; @throws CommandFailure */
export async function fetchByPesit(
  partner: PartnerFolder<PesitAddress>,
  fileName: string,
  manner: PesitManner = {},
): Promise<ReceivedReturn | undefined> {
  const requester = await orFailure(callGateway(partner, 'read', manner))
  const folder = await mkdtemp(join(tmpdir(), 'raccord-pesit-'))
  try {
    return await fetchInto(requester, join(folder, 'content'), fileName)
  } catch (error) {
    if (error instanceof PesitRefusal && error.diagnostic?.reason === NO_SUCH_FILE) return undefined
    throw asFailure(error)
  } finally {
    await requester.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function fetchInto(
  requester: PesitRequester,
  path: string,
  fileName: string,
): Promise<ReceivedReturn> {
  const fetched = await requester.fetch({
    fileName,
    open: async () => ({ file: await LocalFile.open(path, 'begin') }),
  })
  return { fileName: fetched.name, content: await readFile(path) }
}

const EXIT_OF_FAILURE: Readonly<Record<SendingFailure, ExitCode>> = {
  unreachable: EXIT.unreachable,
  refused: EXIT.refused,
  'timed-out': EXIT.timedOut,
  cancelled: EXIT.expectedFailure,
  local: EXIT.usage,
}

async function orFailure<Result>(attempt: Promise<Result>, isPut = false): Promise<Result> {
  try {
    return await attempt
  } catch (error) {
    // A file that is refused, not the partner: the gateway said why.
    if (isPut && error instanceof PesitRefusal && error.failure === 'refused') {
      throw new PutRefused(error.message, { cause: error })
    }
    throw asFailure(error)
  }
}

function asFailure(error: unknown): unknown {
  if (!(error instanceof SendingError)) return error
  return new CommandFailure(
    EXIT_OF_FAILURE[error.failure],
    error.message,
    error.failure === 'refused' ? 'The reason is in: raccord refusals' : undefined,
  )
}
