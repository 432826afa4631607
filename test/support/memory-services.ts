import { createHash } from 'node:crypto'
import { pino } from 'pino'
import { GatewayError } from '../../gateway/errors.ts'
import { noFaults } from '../../gateway/faults.ts'
import type { Faults } from '../../gateway/faults.ts'
import type {
  ConnectionId,
  IntakeOutcome,
  ReceivedFlow,
  RefusalCode,
  ReturnFlow,
} from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import { endingOf } from '../../gateway/staging/content-ending.ts'
import { ContentReading } from '../../gateway/staging/content-facts.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import { parseInboundName } from '../../config/flow-name.ts'
import { configSchema } from '../../config/schema.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type {
  DoorRefusal,
  ListenerServices,
  PartnerLimits,
  ProtocolMemory,
  ReceivedContent,
  SessionLine,
  StagedFile,
  StagedPart,
} from '../../protocols/listener.ts'
import type { TranscriptEntry } from '../../protocols/transcript.ts'

/** What a listener needs, kept in memory: for unit tests of protocols, without disk or journal. */
export class MemoryServices {
  /** Kept parts by name. */
  readonly parts = new Map<string, MemoryFile>()
  readonly sealed = new Map<string, MemoryFile>()
  readonly accepted = new Map<string, Buffer>()
  readonly flows: ReceivedFlow[] = []
  readonly offered: { returnFlow: ReturnFlow; bytes: Buffer }[] = []
  readonly consumed: string[] = []
  readonly refusals: DoorRefusal[] = []
  readonly transcript: TranscriptEntry[] = []
  /** Of sessions that may be cut. */
  readonly lines: SessionLine[] = []
  /** Of protocol memory: protocol, connection and key, with a blank between them. */
  readonly records = new Map<string, string>()
  readonly openFiles = new Set<object>()
  /** Each write as it reached the file: position and bytes. */
  readonly writes: { position: number; bytes: number }[] = []
  limits: PartnerLimits = {
    maxFlowBytes: 1024 ** 3,
    maxStagedBytes: 4 * 1024 ** 3,
    maxStagedParts: 200,
    minFreeDiskBytes: 0,
  }
  freeDiskBytes = 1024 ** 4
  faults: Faults = noFaults
  /** Awaited by every write and read of a file. */
  slowDisk: (() => Promise<void>) | undefined
  failing: 'write' | 'seal' | 'intake' | undefined

  /** Offers a return flow under a name. */
  offer(fileName: string, bytes: Buffer, connectionId: ConnectionId = 'cnx_test'): ReturnFlow {
    const returnFlow: ReturnFlow = {
      id: newId('ret'),
      connectionId,
      kind: 'report',
      interfaceCode: 'CSO1110A',
      fileName,
      content: { sha256: sha256(bytes), bytes: bytes.length },
      createdAt: 1_700_000_000_000,
      availableUntil: 1_800_000_000_000,
      state: 'OFFERED',
    }
    this.offered.push({ returnFlow, bytes })
    return returnFlow
  }

  #memory(): ProtocolMemory {
    const { records } = this
    const under = (...place: readonly string[]): string => place.join(' ')
    return {
      putIfAbsent: async (protocol, connectionId, key, value) => {
        const place = under(protocol, connectionId, key)
        if (!records.has(place)) records.set(place, value)
        return records.get(place)!
      },
      get: async (protocol, connectionId, key) => records.get(under(protocol, connectionId, key)),
      list: async (protocol, connectionId, keyPrefix) => {
        const start = under(protocol, connectionId, '')
        return [...records]
          .filter(([place]) => place.startsWith(start + keyPrefix))
          .map(([place, value]) => ({ key: place.slice(start.length), value }))
      },
      remove: async (protocol, connectionId, key) => {
        records.delete(under(protocol, connectionId, key))
      },
    }
  }

  services(): ListenerServices {
    return {
      authenticate: () => ({ outcome: 'refused', reason: 'no partner in memory' }),
      certificatesOf: async () => [],
      isRegistered: () => false,
      failedTries: createFailedTries(configSchema.parse({}).failedTries),
      checkName: (connection, name): RefusalCode | undefined => {
        const parsed = parseInboundName(name)
        if ('fault' in parsed) return parsed.fault
        const isOwn = parsed.name.applicationCode === connection.applicationCode
        return isOwn ? undefined : 'APPLICATION_CODE_OTHER'
      },
      staging: {
        open: async (_connectionId, _protocol, name) => new MemoryFile(this, name),
        reopen: async (_connectionId, name) => this.parts.get(name),
        find: (_connectionId, name) => this.parts.get(name)?.part(),
        list: () => [...this.parts.values()].map((file) => file.part()),
        rename: async (_connectionId, from, to) => {
          const file = this.parts.get(from)
          if (file === undefined) throw new GatewayError('INTERNAL', 'no such part')
          this.parts.delete(from)
          file.name = to
          this.parts.set(to, file)
        },
        drop: async (_connectionId, name) => {
          this.parts.delete(name)
        },
        usedBytes: () => {
          const files = new Set<{ readonly bytes: number }>([
            ...this.parts.values(),
            ...(this.openFiles as Set<MemoryFile>),
          ])
          return [...files].reduce((sum, file) => sum + file.bytes, 0)
        },
        freeDiskBytes: () => this.freeDiskBytes,
      },
      intake: (flow) => this.#intake(flow),
      deposits: {
        list: async () =>
          [...this.accepted].map(([name, bytes]) => ({
            name,
            bytes: bytes.length,
            receivedAt: 1_700_000_000_000,
          })),
        find: async (_connectionId, name) => {
          const bytes = this.accepted.get(name)
          return bytes && { name, bytes: bytes.length, receivedAt: 1_700_000_000_000 }
        },
      },
      mailbox: {
        list: async () => this.offered.map(({ returnFlow }) => returnFlow),
        open: async (_connectionId, id) => {
          const found = this.offered.find(({ returnFlow }) => returnFlow.id === id)
          if (found === undefined) throw new GatewayError('PAYLOAD_MISSING', 'not offered')
          return this.#readable(found.bytes)
        },
        consumed: async (_connectionId, id) => {
          this.consumed.push(id)
          const index = this.offered.findIndex(({ returnFlow }) => returnFlow.id === id)
          if (index !== -1) this.offered.splice(index, 1)
        },
      },
      memory: this.#memory(),
      sessions: {
        open: ({ line }) => {
          if (line !== undefined) this.lines.push(line)
          return {
            id: newId('ses'),
            transcript: { record: (entry) => void this.transcript.push(entry) },
            note: () => {},
            carries: () => () => {},
            close: async () => {},
          }
        },
        refused: (refusal) => {
          this.refusals.push(refusal)
          return newId('rfs')
        },
      },
      faults: { at: (point, context) => this.faults.at(point, context) },
      clock: { now: () => 1_700_000_000_000 },
      limits: this.limits,
      log: pino({ level: 'silent' }),
    }
  }

  async #intake(flow: ReceivedFlow): Promise<IntakeOutcome> {
    if (this.failing === 'intake') throw new GatewayError('JOURNAL_UNAVAILABLE', 'test')
    const file = this.sealed.get(flow.stagedId)
    if (file === undefined) throw new Error('not sealed')
    const before = this.accepted.get(flow.fileName)
    if (before !== undefined && !before.equals(file.content)) {
      const { message } = REFUSALS.IDENTIFIER_TAKEN
      return { outcome: 'refused', code: 'IDENTIFIER_TAKEN', refusalId: newId('rfs'), message }
    }
    this.sealed.delete(flow.stagedId)
    if (before !== undefined) return { outcome: 'already-taken', flowId: newId('flw') }
    this.accepted.set(flow.fileName, file.content)
    this.flows.push(flow)
    return { outcome: 'taken', flowId: newId('flw') }
  }

  #readable(content: Buffer) {
    const token = {}
    this.openFiles.add(token)
    return {
      bytes: content.length,
      read: async (buffers: readonly NodeJS.ArrayBufferView[], position: number) => {
        await this.slowDisk?.()
        let at = position
        for (const view of buffers) {
          const target = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
          at += content.copy(target, 0, at)
        }
        return at - position
      },
      close: async () => {
        this.openFiles.delete(token)
      },
    }
  }
}

/** A disk that waits until it is let go. */
export function heldDisk(memory: MemoryServices): { release: () => void } {
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  memory.slowDisk = () => released
  return {
    release: () => {
      memory.slowDisk = undefined
      release()
    },
  }
}

/** A staged file in memory. */
class MemoryFile implements StagedFile {
  readonly id = newId('stg')
  readonly #memory: MemoryServices
  name: string
  content = Buffer.alloc(0)

  constructor(memory: MemoryServices, name: string) {
    this.#memory = memory
    this.name = name
    memory.openFiles.add(this)
  }

  get bytes(): number {
    return this.content.length
  }

  part(): StagedPart {
    return { id: this.id, name: this.name, bytes: this.bytes, updatedAt: 1_700_000_000_000 }
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    await this.#memory.slowDisk?.()
    if (this.#memory.failing === 'write') throw new GatewayError('STORE_FULL', 'test')
    const data = Buffer.concat(buffers)
    this.#memory.writes.push({ position, bytes: data.length })
    const grown = Buffer.alloc(Math.max(this.content.length, position + data.length))
    this.content.copy(grown)
    data.copy(grown, position)
    this.content = grown
  }

  async read(position: number, length: number): Promise<Buffer> {
    return this.content.subarray(position, position + length)
  }

  async truncate(bytes: number): Promise<void> {
    this.content = this.content.subarray(0, bytes)
  }

  async sync(): Promise<void> {}

  flush(): void {}

  #marks: Buffer[] = []

  async mark(record: Buffer): Promise<void> {
    this.#marks.push(record)
  }

  async marks(): Promise<Buffer> {
    return Buffer.concat(this.#marks)
  }

  async seal(): Promise<ReceivedContent> {
    if (this.#memory.failing === 'seal') throw new GatewayError('STORE_FULL', 'test')
    const reading = new ContentReading()
    reading.next(this.content)
    const { sha256, gzip } = reading.finish()
    const ending = await endingOf(gzip, this.bytes, (from, length) => this.read(from, length))
    this.#end()
    this.#memory.sealed.set(this.id, this)
    return { sha256, bytes: this.bytes, ending }
  }

  async keep(): Promise<void> {
    this.#end()
    this.#memory.parts.set(this.name, this)
  }

  async drop(): Promise<void> {
    this.#end()
  }

  async unseal(): Promise<void> {
    await this.keep()
  }

  #end(): void {
    this.#memory.openFiles.delete(this)
    this.#memory.sealed.delete(this.id)
    if (this.#memory.parts.get(this.name) === this) this.#memory.parts.delete(this.name)
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
