import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Faults } from '../../gateway/faults.ts'
import type { Listener } from '../../protocols/listener.ts'
import { SendingError } from '../../protocols/sending.ts'
import { SftpPartner } from '../../protocols/sftp/sender.ts'
import { SftpLine } from '../../protocols/sftp/sftp-line.ts'
import type { SftpTarget } from '../../protocols/sftp/sftp-line.ts'
import { startReception } from './start-reception.ts'
import type { Reception } from './start-reception.ts'

/** What a partner learns of a transfer. */
export type Outcome = 'acknowledged' | 'refused' | 'broken'

/** A listener over real staging, intake and journal, with a partner of its protocol. */
export interface ListenerGround {
  readonly listener: Listener
  /** Names of the flows that the journal holds. */
  flowNames(): Promise<string[]>
  /** State of each return flow by its name. */
  returns(): Promise<Record<string, string>>
  offer(fileName: string, content: Buffer): Promise<unknown>
  send(fileName: string, content: Buffer): Promise<Outcome>
  /** Sends a part and goes away without a word. */
  sendPart(fileName: string, content: Buffer, bytes: number): Promise<void>
  /** Sends half of it; `finish` sends the rest. */
  beginSending(fileName: string, content: Buffer): Promise<{ finish(): Promise<Outcome> }>
  fetch(fileName: string): Promise<Buffer>
  /** Takes a part and goes away without a word. */
  fetchPart(fileName: string, bytes: number): Promise<void>
  /** What somebody is told who knows the partner's name and has another key. */
  tellWrongKey(): Promise<string>
  /** What somebody is told whom nobody knows. */
  tellUnknown(): Promise<string>
  stop(): Promise<void>
}

export interface ListenerAdapter {
  readonly protocol: string
  readonly start: (options?: { readonly faults?: Faults }) => Promise<ListenerGround>
}

/** Every protocol that is built. */
export const LISTENER_ADAPTERS: readonly ListenerAdapter[] = [
  { protocol: 'sftp', start: async (options) => sftpGround(await startReception(options)) },
]

function sftpGround(reception: Reception): ListenerGround {
  const { host, port, user, privateKey, hostKeyLine, folder } = reception
  const target: SftpTarget = { host, port, user, privateKey, hostKeys: [hostKeyLine] }

  async function openRemote(fileName: string, flags: 'w' | 'r') {
    const line = await SftpLine.open(target)
    const path = flags === 'w' ? `depot/${fileName}` : `retrait/${fileName}`
    const handle = await line.call<Buffer>('open', (sftp, done) => sftp.open(path, flags, done))
    return { line, handle }
  }

  async function write(line: SftpLine, handle: Buffer, bytes: Buffer, position: number) {
    await line.call('write', (sftp, done) => {
      sftp.write(handle, bytes, 0, bytes.length, position, done)
    })
  }

  async function tellStranger(changes: Partial<SftpTarget>): Promise<string> {
    try {
      const partner = await SftpPartner.connect({ target: { ...target, ...changes } })
      await partner.close()
      return 'welcome'
    } catch (error) {
      const told = (error as SendingError).cause
      return told instanceof Error ? told.message : 'nothing'
    }
  }

  return {
    listener: reception.listener,
    flowNames: async () => (await reception.flows()).map((flow) => flow.name),
    returns: reception.returns,
    offer: reception.offer,
    stop: reception.stop,
    send: (fileName, content) =>
      outcomeOf(async () => {
        const path = join(folder, 'to-send')
        await writeFile(path, content)
        const partner = await SftpPartner.connect({ target })
        try {
          await partner.send({ path, name: fileName })
        } finally {
          await partner.close()
        }
      }),
    sendPart: async (fileName, content, bytes) => {
      const { line, handle } = await openRemote(fileName, 'w')
      await write(line, handle, content.subarray(0, bytes), 0)
      await line.close()
    },
    beginSending: async (fileName, content) => {
      const { line, handle } = await openRemote(fileName, 'w')
      const half = Math.floor(content.length / 2)
      await write(line, handle, content.subarray(0, half), 0)
      return {
        finish: () =>
          outcomeOf(async () => {
            await write(line, handle, content.subarray(half), half)
            await line.call('close', (sftp, done) => sftp.close(handle, done))
            await line.close()
          }),
      }
    },
    fetch: async (fileName) => {
      const partner = await SftpPartner.connect({ target })
      try {
        return await readFetched(partner, fileName, join(folder, 'fetched'))
      } finally {
        await partner.close()
      }
    },
    fetchPart: async (fileName, bytes) => {
      const { line, handle } = await openRemote(fileName, 'r')
      await line.call<number>('read', (sftp, done) => {
        sftp.read(handle, Buffer.alloc(bytes), 0, bytes, 0, done)
      })
      await line.close()
    },
    tellWrongKey: () => tellStranger({ privateKey: reception.strangerKey }),
    tellUnknown: () => tellStranger({ user: 'NOBODY', privateKey: reception.strangerKey }),
  }
}

async function readFetched(partner: SftpPartner, name: string, path: string): Promise<Buffer> {
  await partner.fetch(name, path)
  return readFile(path)
}

async function outcomeOf(transfer: () => Promise<void>): Promise<Outcome> {
  try {
    await transfer()
    return 'acknowledged'
  } catch (error) {
    if (!(error instanceof SendingError)) throw error
    return error.failure === 'refused' ? 'refused' : 'broken'
  }
}
