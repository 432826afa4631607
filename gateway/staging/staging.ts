import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StagedFile, StagedPart, Staging } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import { freeBytes, isMissing, removeFile } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, ProtocolName } from '../flow.ts'
import { FolderSync } from '../folder-sync.ts'
import { newId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { MARKS_SUFFIX } from './file-marks.ts'
import { type KeptPart, KeptParts } from './kept-parts.ts'
import { ReadingThreads } from './reading-threads.ts'
import {
  type PartKeeper,
  ReceivedFile,
  type ReceivedFileOptions,
  type ReceivedPart,
  type SealedPlace,
} from './received-file.ts'
import { StagedRows } from './staged-rows.ts'
import { findTakenParts } from './taken-parts.ts'

export interface StagingOptions {
  /** Folder of the files, made when missing; nothing else may live in it. */
  readonly folder: string
  readonly journal: Journal
  /** Name of this listener process in the journal, the same after a restart (decisions E5). */
  readonly holder: string
  readonly clock: Clock
  readonly log: Logger
  /** A kept part that nobody touches is removed after this long (setting sftp.stagedPartSeconds). */
  readonly partSeconds: number
}

/** What the intake may do with the files that listeners have sealed. */
export interface SealedFiles {
  /** Where the content is. @throws GatewayError INTERNAL when no such file is sealed here */
  placeOf(stagedId: string): SealedPlace
  /** The payload store has the content, and has taken the file from its path. */
  handedOver(stagedId: string): void
  /** Removes it: the same content had been taken before. */
  discard(stagedId: string): Promise<void>
}

/** Staging as the composition root holds it. */
export interface LocalStaging extends Staging, SealedFiles {
  /** Removes kept parts past their time, or whose flow came another way; resolves to how many. */
  expire(): Promise<number>
  /** Waits for rows still being written; files being received are their owners' to keep. */
  close(): Promise<void>
}

/** From this size on a file has a row before it is kept, so that a crash leaves it resumable. */
const ROW_FROM_BYTES = 1024 * 1024
const FREE_DISK_CACHE_MILLISECONDS = 1_000

/**
 * Opens the staging area: local files named by id, kept parts named in the journal. Files that
 * no row of this holder names are what a crash left of transfers nobody will resume: removed.
 */
export async function openStaging(options: StagingOptions): Promise<LocalStaging> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const staging = new FileStaging(options)
  await staging.recover()
  return staging
}

class FileStaging implements LocalStaging, PartKeeper {
  readonly #options: StagingOptions
  readonly #rows: StagedRows
  readonly #folderSync: FolderSync
  readonly #threads = new ReadingThreads()
  readonly #kept = new KeptParts()
  readonly #sealed = new Map<string, ReceivedFile>()
  /** Ids of files that may have a row in the journal. */
  readonly #withRow = new Set<string>()
  readonly #used = new Map<ConnectionId, number>()
  #freeDisk = { bytes: 0, readAt: Number.NEGATIVE_INFINITY }

  constructor(options: StagingOptions) {
    this.#options = options
    this.#rows = new StagedRows(options)
    this.#folderSync = new FolderSync(options.folder)
  }

  async recover(): Promise<void> {
    const rows = await this.#rows.load()
    const files = new Set(await readdir(this.#options.folder))
    const lost = rows.filter((row) => !files.has(row.id))
    await this.#rows.remove(lost.map((row) => row.id))
    for (const row of rows.filter((row) => files.has(row.id))) {
      files.delete(row.id)
      files.delete(row.id + MARKS_SUFFIX)
      const { size } = await stat(this.#path(row.id))
      this.#kept.set({ part: { ...row, bytes: size } })
      this.#withRow.add(row.id)
      this.#use(row.connectionId, size)
    }
    for (const name of files) await removeFile(this.#path(name))
  }

  async open(
    connectionId: ConnectionId,
    protocol: ProtocolName,
    name: string,
  ): Promise<StagedFile> {
    const now = this.#options.clock.now()
    const part = {
      id: newId('stg'),
      connectionId,
      protocol,
      name,
      bytes: 0,
      createdAt: now,
      updatedAt: now,
    }
    return new ReceivedFile(this.#fileOptions(part))
  }

  async reopen(connectionId: ConnectionId, name: string): Promise<StagedFile | undefined> {
    const kept = this.#kept.get(connectionId, name)
    if (kept === undefined) return undefined
    await kept.writer?.takeOver()
    try {
      const file = await ReceivedFile.reopen(this.#fileOptions(kept.part))
      if (this.#kept.get(connectionId, name) === kept) {
        kept.writer = file
        return file
      }
      await file.takeOver() // removed or replaced meanwhile
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    return undefined
  }

  find(connectionId: ConnectionId, name: string): StagedPart | undefined {
    const kept = this.#kept.get(connectionId, name)
    return kept === undefined ? undefined : visible(kept.part)
  }

  list(connectionId: ConnectionId): readonly StagedPart[] {
    return this.#kept.of(connectionId).map((kept) => visible(kept.part))
  }

  async rename(connectionId: ConnectionId, from: string, to: string): Promise<void> {
    const kept = this.#kept.get(connectionId, from)
    if (kept === undefined) throw new GatewayError('INTERNAL', 'The part to rename is gone.')
    if (from === to) return
    const replaced = this.#kept.get(connectionId, to)
    this.#kept.delete(kept)
    kept.part.name = to
    this.#kept.set(kept)
    if (replaced !== undefined) await this.#discardKept(replaced)
    await this.#writeRow(kept.part)
  }

  async drop(connectionId: ConnectionId, name: string): Promise<void> {
    const kept = this.#kept.get(connectionId, name)
    if (kept !== undefined) await this.#discardKept(kept)
  }

  usedBytes(connectionId: ConnectionId): number {
    return this.#used.get(connectionId) ?? 0
  }

  freeDiskBytes(): number {
    const now = performance.now()
    if (now - this.#freeDisk.readAt >= FREE_DISK_CACHE_MILLISECONDS) {
      this.#freeDisk = { bytes: freeBytes(this.#options.folder), readAt: now }
    }
    return this.#freeDisk.bytes
  }

  async expire(): Promise<number> {
    const oldest = this.#options.clock.now() - this.#options.partSeconds * 1_000
    const unused = this.#kept.all().filter((kept) => kept.writer === undefined)
    const parts = unused.map((kept) => kept.part)
    const taken = new Set(await findTakenParts(this.#options.journal, parts))
    const past = unused.filter(
      (kept) =>
        this.#kept.get(kept.part.connectionId, kept.part.name) === kept &&
        kept.writer === undefined &&
        (kept.part.updatedAt < oldest || taken.has(kept.part)),
    )
    for (const kept of past) await this.#discardKept(kept)
    await this.#rows.removeForgotten(oldest - this.#options.partSeconds * 1_000)
    return past.length
  }

  async close(): Promise<void> {
    await this.#rows.settled()
    await this.#threads.close()
    await this.#folderSync.close()
  }

  // --- for the intake ------------------------------------------------------------------------

  placeOf(stagedId: string): SealedPlace {
    const file = this.#sealed.get(stagedId)
    if (file !== undefined) return file.place
    throw new GatewayError('INTERNAL', `Nothing is sealed under ${stagedId}.`)
  }

  handedOver(stagedId: string): void {
    const file = this.#sealed.get(stagedId)
    if (file === undefined) return
    file.handedOver()
    this.#forget(file.part)
  }

  async discard(stagedId: string): Promise<void> {
    await this.#sealed.get(stagedId)?.drop()
  }

  // --- what files tell -----------------------------------------------------------------------

  fileResized(part: ReceivedPart, bytes: number): void {
    this.#use(part.connectionId, bytes - part.bytes)
    part.bytes = bytes
    part.updatedAt = this.#options.clock.now()
    if (bytes >= ROW_FROM_BYTES && !this.#withRow.has(part.id)) {
      this.#rows.inBackground(this.#writeRow(part))
    }
  }

  fileSealed(file: ReceivedFile): void {
    this.#sealed.set(file.id, file)
    const kept = this.#kept.get(file.part.connectionId, file.part.name)
    if (kept?.part === file.part) this.#kept.delete(kept)
    else if (kept !== undefined) this.#rows.inBackground(this.#discardKept(kept))
  }

  async fileKept(file: ReceivedFile): Promise<void> {
    const { part } = file
    const older = this.#kept.get(part.connectionId, part.name)
    part.updatedAt = this.#options.clock.now()
    this.#sealed.delete(part.id)
    this.#kept.set({ part })
    if (older !== undefined && older.part !== part) await this.#discardKept(older)
    await Promise.all([this.#writeRow(part), this.#folderSync.sync()])
  }

  fileDropped(file: ReceivedFile): void {
    this.#forget(file.part)
  }

  // -------------------------------------------------------------------------------------------

  #fileOptions(part: ReceivedPart): ReceivedFileOptions {
    return { part, path: this.#path(part.id), keeper: this, threads: this.#threads }
  }

  /** The file of `part` is gone from the folder. */
  #forget(part: ReceivedPart): void {
    this.#sealed.delete(part.id)
    this.#use(part.connectionId, -part.bytes)
    const kept = this.#kept.get(part.connectionId, part.name)
    if (kept?.part === part) this.#kept.delete(kept)
    if (!this.#withRow.delete(part.id)) return
    // An older part of that name lost its row to this one's: it gets it back.
    const isOlder = kept !== undefined && kept.part !== part
    this.#rows.inBackground(isOlder ? this.#writeRow(kept.part) : this.#rows.remove([part.id]))
  }

  async #discardKept(kept: KeptPart): Promise<void> {
    this.#kept.delete(kept)
    await kept.writer?.takeOver()
    await removeFile(this.#path(kept.part.id))
    await removeFile(this.#path(kept.part.id) + MARKS_SUFFIX)
    this.#forget(kept.part)
  }

  #writeRow(part: ReceivedPart): Promise<void> {
    this.#withRow.add(part.id)
    return this.#rows.put({ ...part })
  }

  #use(connectionId: ConnectionId, bytes: number): void {
    const used = (this.#used.get(connectionId) ?? 0) + bytes
    if (used === 0) this.#used.delete(connectionId)
    else this.#used.set(connectionId, used)
  }

  #path(id: string): string {
    return join(this.#options.folder, id)
  }
}

function visible(part: ReceivedPart): StagedPart {
  return { id: part.id, name: part.name, bytes: part.bytes, updatedAt: part.updatedAt }
}
