import { randomBytes } from 'node:crypto'
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A key of the gateway: its file's content and the time from which it is to be used. */
export interface IdentityFile {
  readonly path: string
  readonly text: string
  /** Milliseconds UTC. */
  readonly notBefore: number
}

/**
 * One folder of private keys, one file a key, named `<role>.<used from>.pem`; several of a role
 * may be active at once, and only one that was never used is removed. A certificate stands behind its key.
 */
export class IdentityFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The keys of a role, newest first. */
  async read(role: string): Promise<readonly IdentityFile[]> {
    const names = await readdir(this.#folder).catch(noneWhenMissing)
    const found = names.flatMap((name) => {
      const notBefore = notBeforeOf(name, role)
      return notBefore === undefined ? [] : [{ path: join(this.#folder, name), notBefore }]
    })
    found.sort((one, other) => other.notBefore - one.notBefore)
    return Promise.all(
      found.map(async (file) => ({ ...file, text: await readFile(file.path, 'utf8') })),
    )
  }

  /** Adds a key, whole and durable or not at all; one of the same moment that is there stays. */
  async add(role: string, notBefore: number, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const target = join(this.#folder, `${role}.${stampOf(notBefore)}.pem`)
    const temporary = await writeBeside(target, text)
    try {
      await link(temporary, target).catch(fineWhenThere)
    } finally {
      await unlink(temporary)
    }
    await this.#sync()
  }

  /**
   * Adds the first key of a role, unless there is one: of several processes that start at once on
   * one folder, each with a key of its own, one has its way, and all of them use that key. Nothing
   * is locked: what one that dies leaves behind, the next one finishes.
   */
  async addFirst(role: string, notBefore: number, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const candidate = join(this.#folder, `.first-${role}`)
    const temporary = await writeBeside(candidate, text)
    try {
      // The time of the key is that of the candidate's file: the same for whoever names it.
      await utimes(temporary, notBefore / 1_000, notBefore / 1_000)
      await link(temporary, candidate).catch(fineWhenThere)
    } finally {
      await unlink(temporary)
    }
    // One that came late finds the key that another candidate has become.
    if ((await this.read(role)).length === 0) await this.#promote(candidate, role)
    await unlink(candidate).catch(fineWhenGone)
    await this.#sync()
  }

  async #promote(candidate: string, role: string): Promise<void> {
    const found = await stat(candidate).catch(fineWhenGone)
    // Gone: it is a key by now.
    if (found === undefined) return
    const target = join(this.#folder, `${role}.${stampOf(Math.round(found.mtimeMs))}.pem`)
    await link(candidate, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
    })
  }

  /** Puts another text, with the same key in it, in the place of one: whole and durable. */
  async replace(path: string, text: string): Promise<void> {
    await rename(await writeBeside(path, text), path)
    await this.#sync()
  }

  /** Takes a key away again; one that is gone is no fault. */
  async remove(role: string, notBefore: number): Promise<void> {
    await unlink(join(this.#folder, `${role}.${stampOf(notBefore)}.pem`)).catch(fineWhenGone)
    await this.#sync()
  }

  /** What tells that a key was added or replaced, by this process or another. */
  async fingerprint(): Promise<string> {
    const names = (await readdir(this.#folder).catch(noneWhenMissing)).sort()
    const kept = names.filter((name) => !name.startsWith('.'))
    const marks = await Promise.all(
      kept.map(async (name) => {
        const { mtimeMs, ino } = await stat(join(this.#folder, name))
        return `${name} ${ino} ${mtimeMs}`
      }),
    )
    return marks.join('\n')
  }

  async #sync(): Promise<void> {
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

/** @returns the path of a file of its own in the folder of `target` */
async function writeBeside(target: string, text: string): Promise<string> {
  const mark = randomBytes(6).toString('hex')
  const temporary = join(dirname(target), `.${basename(target)}.${mark}`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  return temporary
}

/** `20261122T101500000Z`: sorts by time, and is a file name everywhere. */
function stampOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/[-:.]/g, '')
}

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/

function notBeforeOf(name: string, role: string): number | undefined {
  if (!name.startsWith(`${role}.`) || !name.endsWith('.pem')) return undefined
  const match = STAMP.exec(name.slice(role.length + 1, -'.pem'.length))
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, milliseconds] = match
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`)
}

function noneWhenMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

function fineWhenGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function fineWhenThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
