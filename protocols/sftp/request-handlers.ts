import { decodePathField } from './requests.ts'
import type { RequestBody } from './requests.ts'
import type { DepositBox } from './deposit-box.ts'
import { DirectoryListing, attributesOf } from './directory-listing.ts'
import type { Listed } from './directory-listing.ts'
import { refusalReply } from './errors.ts'
import type { Handle, Handles } from './handles.ts'
import { EXTENSIONS, OPEN_FLAGS } from './packet-types.ts'
import type { ExtensionName } from './packet-types.ts'
import { OK, encodeLimits, encodeSpace, failed } from './replies.ts'
import type { Reply } from './replies.ts'
import type { Ticket } from './replies-out.ts'
import type { RetrievalBox } from './retrieval-box.ts'
import type { TransferContext } from './transfer-context.ts'
import { locate } from './virtual-tree.ts'
import type { BoxNames, Place } from './virtual-tree.ts'

/** What the handlers of one session work on. */
export interface Desk {
  readonly context: TransferContext
  readonly boxes: BoxNames
  readonly deposits: DepositBox
  readonly retrievals: RetrievalBox
  readonly handles: Handles
  /** The session is over: what was being opened has to be let go. */
  readonly isOver: () => boolean
}

/** The reply; undefined when the handle asked answers in its own turn. */
type Answer = Reply | undefined | Promise<Reply | undefined>

type Handler<Name extends RequestBody['name']> = (
  desk: Desk,
  request: Extract<RequestBody, { readonly name: Name }>,
  ticket: Ticket,
) => Answer

const NO_SUCH_FILE = failed('NO_SUCH_FILE', 'No such file.')
const INVALID_HANDLE = failed('FAILURE', 'The handle is not open.')
const NOT_HERE = failed('PERMISSION_DENIED', 'This is not allowed here.')
const NO_LINKS = failed('OP_UNSUPPORTED', 'There are no links here.')
const UNSUPPORTED = failed('OP_UNSUPPORTED', 'This request is not supported.')
const LIST_AND_GET = failed('PERMISSION_DENIED', 'Here files can be listed and fetched only.')

/** What each request does; the session wraps every call, so that each is answered. */
const HANDLERS: { readonly [Name in RequestBody['name']]: Handler<Name> } = {
  OPEN: (desk, { path, flags }) => atPlace(desk, path, (place) => open(desk, place, flags)),
  CLOSE: close,
  READ: ({ handles }, { handle, offset, length }, ticket) => {
    const open = handles.get(handle)
    if (open?.kind !== 'download') return open === undefined ? INVALID_HANDLE : NOT_HERE
    open.read(ticket, offset, length)
    return undefined
  },
  FSTAT: fileStatus,
  FSETSTAT: ({ handles }, { handle, attributes }, ticket) => {
    const open = handles.get(handle)
    if (open?.kind !== 'upload') return open === undefined ? INVALID_HANDLE : LIST_AND_GET
    open.setAttributes(ticket, attributes)
    return undefined
  },
  STAT: (desk, { path }) => atPlace(desk, path, (place) => stat(desk, place)),
  LSTAT: (desk, { path }) => atPlace(desk, path, (place) => stat(desk, place)),
  SETSTAT: (desk, { path, attributes }) =>
    atPlace(desk, path, (place) => setStatus(desk, place, attributes.size !== undefined)),
  OPENDIR: (desk, { path }) => atPlace(desk, path, (place) => openDirectory(desk, place)),
  READDIR: ({ handles }, { handle }) => {
    const open = handles.get(handle)
    if (open?.kind !== 'directory') return INVALID_HANDLE
    const entries = open.next()
    return entries.length === 0 ? failed('EOF', 'End of directory.') : { type: 'NAME', entries }
  },
  REALPATH: (desk, { path }) =>
    atPlace(desk, path, (place) => ({
      type: 'NAME',
      entries: [{ name: place.path, longName: place.path, attributes: {} }],
    })),
  REMOVE: (desk, { path }) => atPlace(desk, path, (place) => remove(desk, place)),
  RENAME: (desk, { from, to }) => rename(desk, from, to, false),
  MKDIR: (desk, { path }) => atPlace(desk, path, makeDirectory),
  RMDIR: () => NOT_HERE,
  READLINK: () => NO_LINKS,
  SYMLINK: () => NO_LINKS,
  EXTENDED: (desk, { extension, fields }, ticket) => {
    const isKnown = EXTENSIONS.some(([name]) => name === extension)
    if (!isKnown) return UNSUPPORTED
    return EXTENDED_HANDLERS[extension as ExtensionName](desk, fields, ticket)
  },
  UNKNOWN: () => UNSUPPORTED,
}

const EXTENDED_HANDLERS: {
  readonly [Name in ExtensionName]: (
    desk: Desk,
    fields: Extract<RequestBody, { readonly name: 'EXTENDED' }>['fields'],
    ticket: Ticket,
  ) => Answer
} = {
  'limits@openssh.com': ({ context }) => ({
    type: 'EXTENDED_REPLY',
    body: encodeLimits(context.settings.maxHandles),
  }),
  'posix-rename@openssh.com': (desk, fields) =>
    rename(desk, decodePathField(fields), decodePathField(fields), true),
  'fsync@openssh.com': ({ handles }, fields, ticket) => {
    const open = handles.get(fields.string())
    if (open?.kind !== 'upload') return open === undefined ? INVALID_HANDLE : OK
    open.sync(ticket)
    return undefined
  },
  'statvfs@openssh.com': (desk, fields) =>
    atPlace(desk, decodePathField(fields), (place) =>
      place.kind === 'nowhere' ? NO_SUCH_FILE : space(desk, place.kind.endsWith('outbound')),
    ),
  'fstatvfs@openssh.com': (desk, fields) => {
    const open = desk.handles.get(fields.string())
    return open === undefined ? INVALID_HANDLE : space(desk, open.kind === 'download')
  },
  'lsetstat@openssh.com': (desk, fields) =>
    atPlace(desk, decodePathField(fields), (place) => setStatus(desk, place, false)),
}

/** Does one request. What it throws is the session's to answer. */
export function handle(desk: Desk, request: RequestBody, ticket: Ticket): Answer {
  // One cast where the table's type cannot follow the request's: both have the same name.
  const handler = HANDLERS[request.name] as (d: Desk, r: RequestBody, t: Ticket) => Answer
  return handler(desk, request, ticket)
}

function atPlace(desk: Desk, path: Buffer, then: (place: Place) => Answer): Answer {
  const place = locate(path, desk.boxes)
  return 'refused' in place ? place.refused : then(place)
}

async function open(desk: Desk, place: Place, flags: number): Promise<Reply> {
  const isWriting = (flags & (OPEN_FLAGS.WRITE | OPEN_FLAGS.APPEND | OPEN_FLAGS.CREAT)) !== 0
  switch (place.kind) {
    case 'root':
    case 'inbound':
    case 'outbound':
      return failed('FAILURE', 'This is a folder.')
    case 'nowhere':
      if (!isWriting) return NO_SUCH_FILE
      return failed('PERMISSION_DENIED', `Files are deposited in /${desk.boxes.inbound}.`)
    case 'in-inbound':
      if (isWriting) return hold(desk, () => desk.deposits.open(place.name, flags))
      if ((await desk.deposits.find(place.name)) === undefined) return NO_SUCH_FILE
      return failed('PERMISSION_DENIED', 'What was deposited cannot be read back.')
    case 'in-outbound':
      if (isWriting) return LIST_AND_GET
      return hold(desk, () => desk.retrievals.open(place.name))
  }
}

/** Opens a handle if there is a place for it; lets it go again if the session ended meanwhile. */
async function hold(desk: Desk, opening: () => Promise<Handle | Reply>): Promise<Reply> {
  const { handles } = desk
  if (!handles.reserve()) return refusalReply('LIMIT_REACHED')
  let opened: Handle | Reply
  try {
    opened = await opening()
  } catch (error) {
    handles.release()
    throw error
  }
  if (!('kind' in opened)) {
    handles.release()
    return opened
  }
  if (desk.isOver()) {
    handles.release()
    if (opened.kind !== 'directory') await opened.abandon()
    return INVALID_HANDLE
  }
  return { type: 'HANDLE', handle: handles.add(opened) }
}

function close(
  { handles, deposits }: Desk,
  { handle }: { readonly handle: Buffer },
  ticket: Ticket,
): Answer {
  const open = handles.take(handle)
  if (open === undefined) return INVALID_HANDLE
  if (open.kind === 'directory') return OK
  const done = open.close(ticket)
  handles.closing(done)
  if (open.kind === 'upload') deposits.closing(open, done)
  return undefined
}

function fileStatus(
  { handles, context }: Desk,
  { handle }: { readonly handle: Buffer },
  ticket: Ticket,
): Answer {
  const open = handles.get(handle)
  switch (open?.kind) {
    case undefined:
      return INVALID_HANDLE
    case 'directory':
      return status(folder('.', 'inbound', now(context)))
    case 'download': {
      const { content, createdAt, fileName } = open.returnFlow
      return status({
        name: fileName,
        kind: 'return',
        bytes: content.bytes,
        modifiedAt: createdAt,
      })
    }
    case 'upload':
      open.stat(ticket, (bytes) =>
        status({ name: open.name, kind: 'part', bytes, modifiedAt: now(context) }),
      )
      return undefined
  }
}

async function stat(desk: Desk, place: Place): Promise<Reply> {
  const unheard = place.kind === 'in-inbound' && (await desk.deposits.takeUnheard(place.name))
  if (unheard) return unheard
  const listed = await find(desk, place)
  return listed === undefined ? NO_SUCH_FILE : status(listed)
}

async function find(desk: Desk, place: Place): Promise<Listed | undefined> {
  switch (place.kind) {
    case 'root':
    case 'inbound':
    case 'outbound':
      return folder('.', place.kind, now(desk.context))
    case 'nowhere':
      return undefined
    case 'in-inbound':
      return desk.deposits.find(place.name)
    case 'in-outbound':
      return desk.retrievals.find(place.name)
  }
}

/** Times, owner and permissions after an upload: OK and ignored (reference sftp §0 rule 6). */
function setStatus(desk: Desk, place: Place, isResizing: boolean): Answer {
  if (place.kind === 'nowhere') return NO_SUCH_FILE
  if (place.kind === 'outbound' || place.kind === 'in-outbound') return LIST_AND_GET
  if (isResizing) return failed('FAILURE', 'A file is cut while it is open only.')
  if (place.kind !== 'in-inbound') return OK
  return desk.deposits.find(place.name).then((found) => (found === undefined ? NO_SUCH_FILE : OK))
}

async function openDirectory(desk: Desk, place: Place): Promise<Reply> {
  const { kind } = place
  if (kind !== 'root' && kind !== 'inbound' && kind !== 'outbound') {
    const isFile = (await find(desk, place)) !== undefined
    return isFile ? failed('FAILURE', 'This is not a folder.') : NO_SUCH_FILE
  }
  return hold(desk, async () => {
    const modifiedAt = now(desk.context)
    const dots = [folder('.', kind, modifiedAt), folder('..', 'root', modifiedAt)]
    return new DirectoryListing([...dots, ...(await list(desk, kind, modifiedAt))], modifiedAt)
  })
}

async function list(
  { boxes, deposits, retrievals }: Desk,
  kind: 'root' | 'inbound' | 'outbound',
  modifiedAt: number,
): Promise<Listed[]> {
  switch (kind) {
    case 'root':
      return [
        folder(boxes.inbound, 'inbound', modifiedAt),
        folder(boxes.outbound, 'outbound', modifiedAt),
      ]
    case 'inbound':
      return deposits.list()
    case 'outbound':
      return retrievals.list()
  }
}

function folder(name: string, kind: 'root' | 'inbound' | 'outbound', modifiedAt: number): Listed {
  return { name, kind, bytes: 0, modifiedAt }
}

async function remove({ deposits }: Desk, place: Place): Promise<Reply> {
  switch (place.kind) {
    case 'in-inbound':
      return deposits.remove(place.name)
    case 'nowhere':
      return NO_SUCH_FILE
    case 'in-outbound':
    case 'outbound':
      return LIST_AND_GET
    case 'root':
    case 'inbound':
      return NOT_HERE
  }
}

function rename(desk: Desk, from: Buffer, to: Buffer, mayReplace: boolean): Answer {
  return atPlace(desk, from, (source) =>
    atPlace(desk, to, (target) => {
      if (source.kind === 'in-inbound' && target.kind === 'in-inbound') {
        return desk.deposits.rename(source.name, target.name, mayReplace)
      }
      return source.kind === 'nowhere' ? NO_SUCH_FILE : NOT_HERE
    }),
  )
}

/** Clients that make parents first go on when the folder exists already (reference sftp §1). */
function makeDirectory(place: Place): Reply {
  const exists = place.kind === 'root' || place.kind === 'inbound' || place.kind === 'outbound'
  return exists ? failed('FAILURE', 'The folder exists.') : NOT_HERE
}

function space({ deposits }: Desk, isOutbound: boolean): Reply {
  const space = deposits.space()
  return {
    type: 'EXTENDED_REPLY',
    body: encodeSpace({ ...space, isReadOnly: isOutbound }),
  }
}

function status(listed: Listed): Reply {
  return { type: 'ATTRS', attributes: attributesOf(listed) }
}

function now(context: TransferContext): number {
  return context.services.clock.now()
}
