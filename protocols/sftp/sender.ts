import { open as openLocal, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { SendingError } from '../sending.ts'
import { SftpLine } from './sftp-line.ts'
import type { SftpTarget } from './sftp-line.ts'

export type { SftpTarget } from './sftp-line.ts'

/** Data of one request: every server takes as much (draft-ietf-secsh-filexfer-02 §3). */
const REQUEST_BYTES = 32 * 1024
const REQUESTS_IN_FLIGHT = 64

export interface FileToSend {
  /** Where it is on this machine. */
  readonly path: string
  /** Name of the flow; absent = the file's own. */
  readonly name?: string
  /** Goes on behind what an upload that was cut has left at the gateway. */
  readonly isResumed?: boolean
}

export interface Progress {
  readonly name: string
  readonly bytes: number
  readonly totalBytes: number
}

export interface PartnerOptions {
  readonly target: SftpTarget
  /** Folders at the gateway; absent = `depot` and `retrait`. */
  readonly inboundFolder?: string
  readonly outboundFolder?: string
  /** Upload as `NAME.part` and rename when it is complete, as WinSCP does. */
  readonly usesTemporaryName?: boolean
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface SentFile {
  readonly name: string
  readonly bytes: number
  readonly milliseconds: number
}

/** A file offered in the retrieval box. */
export interface OfferedFile {
  readonly name: string
  readonly bytes: number
}

/**
 * The partner's side of an SFTP connection: what `raccord send` and the demo use. One session at a
 * time, ended by `close`.
 */
export class SftpPartner {
  readonly #line: SftpLine
  readonly #options: PartnerOptions

  private constructor(line: SftpLine, options: PartnerOptions) {
    this.#line = line
    this.#options = options
  }

  /** @throws SendingError unreachable, refused (key or host key), timed-out, cancelled, local */
  static async connect(options: PartnerOptions): Promise<SftpPartner> {
    return new SftpPartner(await SftpLine.open(options.target, options.signal), options)
  }

  /**
   * Sends one file; resolves when the gateway has taken it in.
   * @throws SendingError refused, with what the gateway said
   */
  async send(file: FileToSend): Promise<SentFile> {
    const startedAt = performance.now()
    const name = file.name ?? basename(file.path)
    const folder = this.#options.inboundFolder ?? 'depot'
    const isRenamed = this.#options.usesTemporaryName === true
    const final = `${folder}/${name}`
    const target = isRenamed ? `${final}.part` : final
    const local = await openHere(file.path)
    try {
      const { size } = await local.stat()
      const left = file.isResumed === true ? await this.#bytesAt(target) : 0
      const bytes = left < size ? left : 0
      const handle = await this.#line.call<Buffer>(`open ${target}`, (sftp, done) => {
        sftp.open(target, bytes > 0 ? 'r+' : 'w', done)
      })
      await this.#write(local, handle, { name, bytes, totalBytes: size })
      await this.#line.call(`close ${target}`, (sftp, done) => {
        sftp.close(handle, done)
      })
      if (isRenamed) {
        await this.#line.call(`rename ${target}`, (sftp, done) => {
          sftp.rename(target, final, done)
        })
      }
      return { name, bytes: size, milliseconds: performance.now() - startedAt }
    } finally {
      await local.close()
    }
  }

  /** What the retrieval box offers now. */
  async list(): Promise<OfferedFile[]> {
    const folder = this.#outboundFolder
    const entries = await this.#line.call<readonly FileEntry[]>(`list ${folder}`, (sftp, done) => {
      sftp.readdir(folder, done)
    })
    return entries
      .filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename, attrs }) => ({ name: filename, bytes: attrs.size }))
  }

  /**
   * Fetches a file whole. It is on disk here before the handle is closed: closing is what makes
   * the gateway forget it.
   * @param path where to put it; nothing is left there when fetching fails
   */
  async fetch(name: string, path: string): Promise<SentFile> {
    const startedAt = performance.now()
    const source = `${this.#outboundFolder}/${name}`
    const handle = await this.#line.call<Buffer>(`open ${source}`, (sftp, done) => {
      sftp.open(source, 'r', done)
    })
    const { size } = await this.#line.call<{ readonly size: number }>(
      `stat ${source}`,
      (sftp, done) => {
        sftp.fstat(handle, done)
      },
    )
    const partial = `${path}.part`
    try {
      const local = await openHere(partial, 'w')
      try {
        await this.#read(local, handle, { name, bytes: 0, totalBytes: size })
        await local.sync()
      } finally {
        await local.close()
      }
      await rename(partial, path)
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    await this.#line.call(`close ${source}`, (sftp, done) => {
      sftp.close(handle, done)
    })
    return { name, bytes: size, milliseconds: performance.now() - startedAt }
  }

  /** Ends the session. */
  close(): Promise<void> {
    return this.#line.close()
  }

  /** 0 when there is nothing of that name. */
  async #bytesAt(target: string): Promise<number> {
    try {
      const { size } = await this.#line.call<{ readonly size: number }>(
        `stat ${target}`,
        (sftp, done) => {
          sftp.stat(target, done)
        },
      )
      return size
    } catch (error) {
      if (error instanceof SendingError && error.failure === 'refused') return 0
      throw error
    }
  }

  get #outboundFolder(): string {
    return this.#options.outboundFolder ?? 'retrait'
  }

  /** Many requests at a time, in order of their positions. */
  async #write(local: FileHandle, handle: Buffer, progress: Progress): Promise<void> {
    const { name, totalBytes } = progress
    const flights = new Flights(this.#reporter(progress))
    const { bytes } = progress
    for (
      let position = bytes;
      position < totalBytes && !flights.hasFailed;
      position += REQUEST_BYTES
    ) {
      const length = Math.min(REQUEST_BYTES, totalBytes - position)
      const piece = Buffer.allocUnsafe(length)
      const { bytesRead } = await local.read(piece, 0, length, position)
      if (bytesRead < length) throw new SendingError('local', `${name} became shorter.`)
      const written = this.#line.call(`write ${name}`, (sftp, done) => {
        sftp.write(handle, piece, 0, length, position, done)
      })
      await flights.add(length, written)
    }
    await flights.landed()
  }

  async #read(local: FileHandle, handle: Buffer, progress: Progress): Promise<void> {
    const { name, totalBytes } = progress
    const flights = new Flights(this.#reporter(progress))
    const readPiece = async (position: number, length: number): Promise<void> => {
      let filled = 0
      while (filled < length) {
        const from = position + filled
        const wanted = length - filled
        const data = await this.#line.call<Buffer>(`read ${name}`, (sftp, done) => {
          const room = Buffer.allocUnsafe(wanted)
          sftp.read(handle, room, 0, wanted, from, (error, count) => {
            done(error, room.subarray(0, count))
          })
        })
        if (data.length === 0) throw new SendingError('refused', `${name} ended too early.`)
        await local.write(data, 0, data.length, from)
        filled += data.length
      }
    }
    for (let position = 0; position < totalBytes && !flights.hasFailed; position += REQUEST_BYTES) {
      const length = Math.min(REQUEST_BYTES, totalBytes - position)
      await flights.add(length, readPiece(position, length))
    }
    await flights.landed()
  }

  #reporter({ name, totalBytes }: Progress): (bytes: number) => void {
    return (bytes) => this.#options.onProgress?.({ name, bytes, totalBytes })
  }
}

/** Requests on their way: so many at a time, and the first failure is what is told. */
class Flights {
  readonly #report: (bytes: number) => void
  readonly #flying = new Set<Promise<void>>()
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(report: (bytes: number) => void) {
    this.#report = report
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Resolves when there is room for one more. */
  async add(bytes: number, request: Promise<void>): Promise<void> {
    const flight = this.#follow(bytes, request)
    this.#flying.add(flight)
    void flight.finally(() => this.#flying.delete(flight))
    while (this.#flying.size >= REQUESTS_IN_FLIGHT) await Promise.race(this.#flying)
  }

  /** Waits for all. @throws the first failure */
  async landed(): Promise<void> {
    await Promise.all(this.#flying)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #follow(bytes: number, request: Promise<void>): Promise<void> {
    try {
      await request
      this.#bytes += bytes
      this.#report(this.#bytes)
    } catch (error) {
      this.#failure ??= { error }
    }
  }
}

interface FileEntry {
  readonly filename: string
  readonly attrs: { readonly size: number }
}

/** Sends files in order over one session, and ends it. @throws SendingError of the first failure */
export async function sendOverSftp(
  options: PartnerOptions & { readonly files: readonly FileToSend[] },
): Promise<SentFile[]> {
  const partner = await SftpPartner.connect(options)
  try {
    const sent: SentFile[] = []
    for (const file of options.files) sent.push(await partner.send(file))
    return sent
  } finally {
    await partner.close()
  }
}

async function openHere(path: string, flags = 'r'): Promise<FileHandle> {
  try {
    return await openLocal(path, flags)
  } catch (cause) {
    throw new SendingError('local', `${path} cannot be opened.`, { cause })
  }
}
