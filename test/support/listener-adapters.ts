import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Faults } from '../../gateway/faults.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { Listener } from '../../protocols/listener.ts'
import { SendingError } from '../../protocols/sending.ts'
import { SftpPartner } from '../../protocols/sftp/sender.ts'
import { SftpLine } from '../../protocols/sftp/sftp-line.ts'
import type { SftpTarget } from '../../protocols/sftp/sftp-line.ts'
import { startAs2Ground } from './as2-listener-ground.ts'
import { createParameters } from './pesit-peer/file-attributes.ts'
import { number, octets } from './pesit-peer/parameters.ts'
import { PesitPeerError } from './pesit-peer/peer-error.ts'
import type { PesitInitiator } from './pesit-peer/pesit-initiator.ts'
import { startPesitReception } from './pesit-reception.ts'
import type { PesitReception } from './pesit-reception.ts'
import { startReception } from './start-reception.ts'
import type { Reception } from './start-reception.ts'

/** What a partner learns of a transfer. */
export type Outcome = 'acknowledged' | 'refused' | 'broken'

/** A listener over real staging, intake and journal, with a partner of its protocol. */
export interface ListenerGround {
  readonly listener: Listener
  readonly journal: Journal
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
  /** Partners come for their return flows; elsewhere they are brought to them. */
  readonly isFetchedFrom: boolean
  readonly start: (options?: { readonly faults?: Faults }) => Promise<ListenerGround>
}

/** Every protocol that is built. */
export const LISTENER_ADAPTERS: readonly ListenerAdapter[] = [
  {
    protocol: 'sftp',
    isFetchedFrom: true,
    start: async (options) => sftpGround(await startReception(options)),
  },
  {
    protocol: 'pesit',
    isFetchedFrom: true,
    start: async (options) => pesitGround(await startPesitReception(options)),
  },
  { protocol: 'as2', isFetchedFrom: false, start: startAs2Ground },
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
    journal: reception.ground.journal,
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

/** Its partner is the peer that was written from the reference alone. */
function pesitGround(reception: PesitReception): ListenerGround {
  const order = (fileName: string, content: Buffer) => ({
    fileName: fileName.startsWith('FSO') ? fileName.slice(0, 8) : 'FSO1110A',
    label: fileName,
    content,
    articleBytes: ARTICLE_BYTES,
  })
  const connect = () => reception.connect({ sync: { intervalKib: 32, window: 2 } })

  async function tell(requester: string): Promise<string> {
    try {
      const partner = await reception.connect({ requester })
      partner.link.cut()
      return 'welcome'
    } catch (error) {
      return error instanceof PesitPeerError ? error.message : 'nothing'
    }
  }

  return {
    listener: reception.listener,
    journal: reception.ground.journal,
    flowNames: async () => (await reception.flows()).map((flow) => flow.name),
    returns: reception.returns,
    offer: reception.offer,
    stop: reception.stop,
    send: (fileName, content) =>
      pesitOutcome(async () => {
        const partner = await connect()
        try {
          await partner.sendFile(order(fileName, content))
          await partner.release()
        } finally {
          partner.link.cut()
        }
      }),
    sendPart: async (fileName, content, bytes) => {
      const partner = await reception.connect({
        sync: { intervalKib: 32, window: 2 },
        cutAfterDataBytes: bytes,
      })
      await partner.sendFile(order(fileName, content)).catch(() => {})
      await partner.link.closed
    },
    beginSending: async (fileName, content) => {
      const partner = await connect()
      let goOn = (): void => {}
      const half = new Promise<void>((resolve) => {
        goOn = resolve
      })
      const isAtHalf = Promise.withResolvers<void>()
      const sent = pesitOutcome(() =>
        sendSlowly(partner, order(fileName, content), async () => {
          isAtHalf.resolve()
          await half
        }),
      )
      await Promise.race([isAtHalf.promise, sent])
      return {
        finish: () => {
          goOn()
          return sent
        },
      }
    },
    fetch: async (fileName) => {
      const partner = await connect()
      try {
        return (await partner.fetchFile({ fileName })).content
      } catch (error) {
        if (!(error instanceof PesitPeerError) || error.kind !== 'refused') throw error
        throw new SendingError('refused', error.message)
      } finally {
        partner.link.cut()
      }
    },
    fetchPart: async (fileName, bytes) => {
      const partner = await reception.connect({ cutAfterDataBytes: bytes })
      await partner.fetchFile({ fileName }).catch(() => {})
      await partner.link.closed
    },
    tellWrongKey: () => tell('WRONG'),
    tellUnknown: () => tell('NOBODY'),
  }
}

const ARTICLE_BYTES = 1_024

/** Article by article, with a stop at the half. */
async function sendSlowly(
  partner: PesitInitiator,
  order: Parameters<PesitInitiator['sendFile']>[0] & { readonly content: Buffer },
  atHalf: () => Promise<void>,
): Promise<void> {
  const parts = createParameters(order, false)
  await partner.ask('CREATE', parts)
  await partner.ask('ORF')
  await partner.ask('WRITE')
  const { content } = order
  let point = 0
  for (let at = 0; at < content.length; at += ARTICLE_BYTES) {
    if (at > 0 && at % (32 * ARTICLE_BYTES) === 0) {
      point += 1
      await partner.link.send('SYN', [number(20, point)])
      await partner.link.take('ACK(SYN)')
    }
    await partner.link.send('DTF', content.subarray(at, at + ARTICLE_BYTES))
    if (at < content.length / 2 && at + ARTICLE_BYTES >= content.length / 2) await atHalf()
  }
  const articles = Math.ceil(content.length / ARTICLE_BYTES)
  await partner.link.send('DTF.END', [octets(2, 0, 0, 0)])
  await partner.ask('TRANS.END', [number(27, content.length), number(28, articles)])
  await partner.ask('CRF', [octets(2, 0, 0, 0)])
  await partner.ask('DESELECT', [octets(2, 0, 0, 0)])
  await partner.release()
}

async function pesitOutcome(transfer: () => Promise<void>): Promise<Outcome> {
  try {
    await transfer()
    return 'acknowledged'
  } catch (error) {
    if (!(error instanceof PesitPeerError)) throw error
    return error.kind === 'refused' ? 'refused' : 'broken'
  }
}
