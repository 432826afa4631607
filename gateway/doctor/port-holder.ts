import { readdir, readFile, readlink } from 'node:fs/promises'

const LISTENING = '0A'

/**
 * Who listens on a port of this machine, by what Linux tells in /proc (proc_net_tcp(5)).
 * @returns `node (pid 4121)`; undefined where it cannot be found out: another user's, another system
 */
export async function portHolder(port: number): Promise<string | undefined> {
  const inodes = await listeningInodes(port)
  return inodes.size === 0 ? undefined : holderOf((link) => inodes.has(link))
}

/** Which process has a file open, by its path. */
export function fileHolder(path: string): Promise<string | undefined> {
  return holderOf((link) => link === path)
}

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const lines = tables.flatMap((table) => table.split('\n').slice(1))
  return new Set(
    lines.flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      return state === LISTENING && local.endsWith(`:${wanted}`) ? [`socket:[${inode}]`] : []
    }),
  )
}

async function holderOf(isIt: (link: string) => boolean): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`
    const descriptors = await readdir(folder).catch(() => [])
    const links = await Promise.all(
      descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => '')),
    )
    if (!links.some(isIt)) continue
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')
    return `${program.trim()} (pid ${pid})`
  }
  return undefined
}
