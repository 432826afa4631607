import { NAMES_PER_REPLY, NAMES_REPLY_BYTES } from './packet-types.ts'
import type { Attributes } from './attributes.ts'
import type { NameEntry } from './replies.ts'

/** A file or folder of the tree as clients see it. */
export interface Listed {
  readonly name: string
  readonly kind: 'root' | 'inbound' | 'outbound' | 'part' | 'deposit' | 'return'
  readonly bytes: number
  /** Milliseconds UTC. */
  readonly modifiedAt: number
}

/** File type and permission bits: clients tell file from folder by them (sftp §1). */
const MODES = {
  root: 0o040_555,
  inbound: 0o040_755,
  outbound: 0o040_555,
  part: 0o100_600,
  deposit: 0o100_444,
  return: 0o100_444,
} as const satisfies Record<Listed['kind'], number>

/** A listing stops here, with a warning in the log. */
export const MAX_LISTED = 10_000

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A handle on a folder: a snapshot, given out in pieces. */
export class DirectoryListing {
  readonly kind = 'directory'
  readonly #entries: readonly Listed[]
  readonly #now: number
  #position = 0

  /** @param now milliseconds UTC; entries older than half a year show their year */
  constructor(entries: readonly Listed[], now: number) {
    this.#entries = entries
    this.#now = now
  }

  /** The next names, none at the end. */
  next(): NameEntry[] {
    const names: NameEntry[] = []
    let bytes = 0
    while (names.length < NAMES_PER_REPLY && bytes < NAMES_REPLY_BYTES) {
      const listed = this.#entries[this.#position]
      if (listed === undefined) break
      const entry = nameEntry(listed, this.#now)
      bytes += Buffer.byteLength(entry.longName) + Buffer.byteLength(entry.name) + 32
      names.push(entry)
      this.#position += 1
    }
    return names
  }
}

export function attributesOf(listed: Listed): Attributes {
  const seconds = Math.max(0, Math.floor(listed.modifiedAt / 1000))
  return {
    size: listed.bytes,
    permissions: MODES[listed.kind],
    accessedAt: seconds,
    modifiedAt: seconds,
  }
}

function nameEntry(listed: Listed, now: number): NameEntry {
  return {
    name: listed.name,
    longName: longName(listed, now),
    attributes: attributesOf(listed),
  }
}

const HALF_A_YEAR_MILLISECONDS = 183 * 86_400_000

/** The line of `ls -l`: for people, and for old clients that read nothing else. */
function longName({ name, kind, bytes, modifiedAt }: Listed, now: number): string {
  const mode = MODES[kind]
  const letters = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1]
    .map((bit, index) => (mode & bit ? 'rwx'[index % 3]! : '-'))
    .join('')
  const date = new Date(modifiedAt)
  const day = `${MONTHS[date.getUTCMonth()]!} ${String(date.getUTCDate()).padStart(2)}`
  const isRecent = Math.abs(now - modifiedAt) < HALF_A_YEAR_MILLISECONDS
  const time = isRecent ? date.toISOString().slice(11, 16) : ` ${date.getUTCFullYear()}`
  const type = mode & 0o040_000 ? 'd' : '-'
  return `${type}${letters}    1 partner  raccord  ${String(bytes).padStart(12)} ${day} ${time} ${name}`
}
