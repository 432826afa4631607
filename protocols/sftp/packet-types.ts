/**
 * Numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02) and of OpenSSH's extensions to it
 * (OpenSSH PROTOCOL §4), as data.
 */

export const SFTP_VERSION = 3

export const REQUEST_TYPES = {
  INIT: 1,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  EXTENDED: 200,
} as const

export type RequestName = keyof typeof REQUEST_TYPES

/** Name of a request by its number on the wire. */
export const REQUEST_NAMES: ReadonlyMap<number, RequestName> = new Map(
  (Object.keys(REQUEST_TYPES) as RequestName[]).map((name) => [REQUEST_TYPES[name], name]),
)

export const REPLY_TYPES = {
  VERSION: 2,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED_REPLY: 201,
} as const

/** The codes of version 3 that a server may send; 6 and 7 are a client's own (§7). */
export const STATUS_CODES = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const

export type StatusName = keyof typeof STATUS_CODES

/** Flags of OPEN (§6.3). */
export const OPEN_FLAGS = {
  READ: 1,
  WRITE: 2,
  APPEND: 4,
  CREAT: 8,
  TRUNC: 16,
  EXCL: 32,
} as const

/** Extensions announced in VERSION: name and version. Others are answered OP_UNSUPPORTED. */
export const EXTENSIONS = [
  ['limits@openssh.com', '1'],
  ['posix-rename@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
  ['statvfs@openssh.com', '2'],
  ['fstatvfs@openssh.com', '2'],
  ['lsetstat@openssh.com', '1'],
] as const

export type ExtensionName = (typeof EXTENSIONS)[number][0]

/** Largest packet announced, as OpenSSH's server: its clients then use 255 KiB requests. */
export const MAX_PACKET_BYTES = 256 * 1024

/** Data of one READ or WRITE, as OpenSSH announces: the packet less room for its header. */
export const MAX_DATA_BYTES = MAX_PACKET_BYTES - 1024

/** Frames up to here are read: clients that count the header apart exceed the packet by a little. */
export const MAX_FRAME_BYTES = MAX_PACKET_BYTES + 1024

/** A request other than WRITE is held until complete; two paths of 4 KiB and attributes fit. */
export const MAX_HELD_FRAME_BYTES = 64 * 1024

/** A path longer than this is no path of ours (PATH_MAX of Linux). */
export const MAX_PATH_BYTES = 4096

/** Names in one reply to READDIR, as OpenSSH's server sends them. */
export const NAMES_PER_REPLY = 100

/** A reply with names ends near here: old libssh2 reads little more (reference sftp §1). */
export const NAMES_REPLY_BYTES = 30 * 1024
