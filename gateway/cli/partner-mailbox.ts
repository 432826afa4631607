import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SendingError, type SendingFailure } from '../../protocols/sending.ts'
import { SftpPartner } from '../../protocols/sftp/sender.ts'
import type { SftpAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { PutRefused } from './partner-transport.ts'

/** A partner's session with its boxes, and a temporary folder of its own for contents. */
export interface PartnerMailbox {
  /** @throws PutRefused with what the gateway said */
  put(flow: {
    readonly fileName: string
    readonly path: string
    readonly isResumed?: boolean
  }): Promise<{ bytes: number }>
  /** The same for a content in memory. */
  putContent(fileName: string, content: Buffer): Promise<void>
  /** Names in the retrieval box. */
  list(): Promise<readonly string[]>
  /** Reads a return flow whole, which consumes it. */
  fetch(name: string): Promise<Buffer>
  /** A path in the temporary folder. */
  temporaryPath(name: string): string
  close(): Promise<void>
}

const EXIT_OF_FAILURE: Readonly<Record<SendingFailure, ExitCode>> = {
  unreachable: EXIT.unreachable,
  refused: EXIT.refused,
  'timed-out': EXIT.timedOut,
  cancelled: EXIT.expectedFailure,
  local: EXIT.usage,
}

/** @throws CommandFailure unreachable, refused or timed out */
export async function openMailbox(
  folder: PartnerFolder<SftpAddress>,
  signal?: AbortSignal,
): Promise<PartnerMailbox> {
  const { privateKey } = await folder.credentials('client')
  const partner = await orCommandFailure(
    SftpPartner.connect({
      target: {
        host: folder.address.host,
        port: folder.address.port,
        user: folder.applicationCode,
        privateKey,
        hostKeys: hostKeysOf(await folder.knownHosts()),
      },
      ...(signal === undefined ? {} : { signal }),
    }),
  )
  const temporary = await mkdtemp(join(tmpdir(), 'raccord-partner-'))
  const temporaryPath = (name: string): string => join(temporary, name)

  const put: PartnerMailbox['put'] = async ({ fileName, path, isResumed = false }) => {
    try {
      return await partner.send({ path, name: fileName, isResumed })
    } catch (error) {
      if (error instanceof SendingError && error.failure === 'refused') {
        throw new PutRefused(error.message)
      }
      throw asCommandFailure(error)
    }
  }

  return {
    put,
    async putContent(fileName, content) {
      const path = temporaryPath('content')
      await writeFile(path, content)
      await put({ fileName, path })
    },
    async list() {
      return (await orCommandFailure(partner.list())).map((file) => file.name)
    },
    async fetch(name) {
      const path = temporaryPath('fetched')
      await orCommandFailure(partner.fetch(name, path))
      return readFile(path)
    },
    temporaryPath,
    async close() {
      await partner.close()
      await rm(temporary, { recursive: true, force: true })
    },
  }
}

/** `ssh-ed25519 AAAA…` out of `[host]:port ssh-ed25519 AAAA…`. */
function hostKeysOf(knownHosts: readonly string[]): string[] {
  return knownHosts.map((line) => line.slice(line.indexOf(' ') + 1))
}

async function orCommandFailure<Result>(attempt: Promise<Result>): Promise<Result> {
  try {
    return await attempt
  } catch (error) {
    throw asCommandFailure(error)
  }
}

function asCommandFailure(error: unknown): unknown {
  if (!(error instanceof SendingError)) return error
  return new CommandFailure(
    EXIT_OF_FAILURE[error.failure],
    error.message,
    error.failure === 'refused' ? 'The reason is in: raccord refusals' : undefined,
  )
}
