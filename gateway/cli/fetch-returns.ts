import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeWhole } from '../whole-file.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import type { TransportOptions } from './partner-transport.ts'
import { openTransport } from './partner-transports.ts'

/** A return flow that was fetched. */
export interface FetchedReturn {
  /** Where it is now. */
  readonly path: string
  readonly bytes: number
}

/**
 * Fetches what waits for a partner, the oldest first, until nothing more of that name does. Each is
 * on disk before the next one is asked for; the gateway counts it as delivered by then.
 * @param name a whole name, an interface code, or a pattern with `*` and `?`
 * @param order.timeout waits so long for the first; absent: what is there now
 * @throws CommandFailure usage where the partner does not fetch, timedOut, or what the way meets
 */
export async function fetchReturns(
  partner: PartnerFolder,
  name: string,
  order: { readonly out: string; readonly timeout?: string } & Omit<TransportOptions, 'receives'>,
): Promise<readonly FetchedReturn[]> {
  const { out, timeout, ...options } = order
  const transport = await openTransport(partner, { ...options, receives: false })
  try {
    const fetch = transport.fetch?.bind(transport)
    if (fetch === undefined) {
      throw new CommandFailure(
        EXIT.usage,
        `A partner on ${partner.address.protocol} does not fetch by raccord send.`,
        'SFTP: get the files of the retrieval box with any client, or send --wait. AS2: raccord listen.',
      )
    }
    await mkdir(out, { recursive: true, mode: 0o700 })
    const until = timeout === undefined ? undefined : AbortSignal.timeout(parseDuration(timeout))
    const fetched: FetchedReturn[] = []
    for (;;) {
      const found = await fetch(name, fetched.length === 0 ? until : undefined)
      if (found === undefined) break
      const fileName = basename(found.fileName)
      await writeWhole(out, fileName, found.content)
      fetched.push({ path: join(out, fileName), bytes: found.content.length })
    }
    return fetched
  } finally {
    await transport.close()
  }
}
