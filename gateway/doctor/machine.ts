import { readFile, statfs } from 'node:fs/promises'

/** What a process can ask of the machine it runs on. */
export interface Machine {
  /** `24.21.0` */
  readonly nodeVersion: string
  /** The zone of the platform. */
  readonly timeZone: string
  /** Of this process; undefined = not root's business here (Windows). */
  readonly userId: number | undefined
  /** System time, milliseconds UTC. */
  readonly now: () => number
  /** Undefined = without a limit, or unknown. */
  readonly openFilesLimit: () => Promise<number | undefined>
  /** Of the control group, in bytes; undefined = without a limit, or unknown. */
  readonly memoryLimit: () => Promise<number | undefined>
  readonly fileSystemOf: (folder: string) => Promise<FileSystem>
}

export interface FileSystem {
  /** Magic number (statfs(2)). */
  readonly type: number
  readonly freeBytes: number
  /** Zero = the file system does not count them. */
  readonly inodes: number
  readonly freeInodes: number
}

/** Control groups version 2, then 1 (kernel documentation, cgroup-v2 and cgroup-v1/memory). */
const MEMORY_LIMIT_FILES = [
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes',
]
/** Version 1 says "none" by a number near 2^63. */
const NO_LIMIT_FROM = 2 ** 60

/** @param memoryLimitFiles where the control group says its limit, the first that is there */
export function thisMachine(memoryLimitFiles: readonly string[] = MEMORY_LIMIT_FILES): Machine {
  return {
    nodeVersion: process.versions.node,
    timeZone: 'Europe/Paris',
    userId: process.getuid?.(),
    now: () => Date.now(),
    async openFilesLimit() {
      const limits = await textOf('/proc/self/limits')
      const soft = /^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1]
      return soft === undefined ? undefined : Number(soft)
    },
    async memoryLimit() {
      for (const file of memoryLimitFiles) {
        const text = (await textOf(file))?.trim()
        if (text === undefined) continue
        const bytes = Number(text)
        return Number.isFinite(bytes) && bytes < NO_LIMIT_FROM ? bytes : undefined
      }
      return undefined
    },
    async fileSystemOf(folder) {
      const { type, bavail, bsize, files, ffree } = await statfs(folder)
      return { type, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree }
    },
  }
}

function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
