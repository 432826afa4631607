import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that could not be used, for the log. */
export interface FileFault {
  readonly path: string
  readonly problem: string
}

/** What a file or a folder of files holds. */
export interface FileSetReading<Value> {
  readonly values: readonly Value[]
  readonly faults: readonly FileFault[]
}

interface Cached<Value> {
  readonly version: string
  readonly values: readonly Value[]
  readonly problem?: string
}

/** An operator's own files; more are a mistake in the setting. */
const MAX_FILES = 5_000
const MAX_FILE_BYTES = 64 * 1024 * 1024

/**
 * Values read from one file, or from every file of a folder (not below it). Files are read again
 * only when they changed, so that an operator's change acts at once.
 */
export class FileSet<Value> {
  readonly #path: string
  readonly #read: (bytes: Buffer) => readonly Value[]
  #files = new Map<string, Cached<Value>>()

  /** @param read throws an error whose message says what is wrong with a file */
  constructor(path: string, read: (bytes: Buffer) => readonly Value[]) {
    this.#path = path
    this.#read = read
  }

  /** Everything that can be read now; a path that does not exist is a fault, not an error. */
  async current(): Promise<FileSetReading<Value>> {
    const files = new Map<string, Cached<Value>>()
    const faults: FileFault[] = []
    for (const path of await this.#paths(faults)) {
      const file = await this.#load(path)
      files.set(path, file)
      if (file.problem !== undefined) faults.push({ path, problem: file.problem })
    }
    this.#files = files
    return { values: [...files.values()].flatMap((file) => file.values), faults }
  }

  async #paths(faults: FileFault[]): Promise<readonly string[]> {
    try {
      if ((await stat(this.#path)).isFile()) return [this.#path]
      const entries = await readdir(this.#path, { withFileTypes: true })
      const names = entries
        .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name)
        .sort()
      if (names.length > MAX_FILES) {
        faults.push({ path: this.#path, problem: `more than ${MAX_FILES} files` })
      }
      return names.slice(0, MAX_FILES).map((name) => join(this.#path, name))
    } catch (error) {
      faults.push({ path: this.#path, problem: messageOf(error) })
      return []
    }
  }

  async #load(path: string): Promise<Cached<Value>> {
    let version = ''
    try {
      const { mtimeMs, size, ino } = await stat(path)
      version = `${mtimeMs} ${size} ${ino}`
      const before = this.#files.get(path)
      if (before?.version === version) return before
      if (size > MAX_FILE_BYTES) return { version, values: [], problem: 'larger than 64 MiB' }
      return { version, values: this.#read(await readFile(path)) }
    } catch (error) {
      return { version, values: [], problem: messageOf(error) }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
