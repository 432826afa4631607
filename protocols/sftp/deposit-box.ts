import { codeInName } from '../../gateway/faults.ts'
import type { StagedFile } from '../listener.ts'
import { offerToIntake } from './acceptance.ts'
import { MAX_LISTED } from './directory-listing.ts'
import type { Listed } from './directory-listing.ts'
import { errorReply } from './errors.ts'
import { OPEN_FLAGS } from './packet-types.ts'
import { OK, failed } from './replies.ts'
import type { Reply, Space } from './replies.ts'
import type { RepliesOut } from './replies-out.ts'
import { temporaryNameTest } from './temporary-names.ts'
import { passFault, refuse } from './transfer-context.ts'
import type { TransferContext } from './transfer-context.ts'
import { Upload } from './upload.ts'

/** Names of this session that are remembered, beyond what `Deposits` shows. */
const MAX_REMEMBERED = 10_000

/**
 * Clients that ignore the status of CLOSE and ask for the size instead: they are told at that STAT
 * (observed with paramiko 5.1.0, `SFTPClient.put`).
 */
const DEAF_TO_CLOSE = /paramiko/i

const NO_SUCH_FILE = failed('NO_SUCH_FILE', 'No such file.')
const ALREADY_ACCEPTED = failed('FAILURE', 'This file was already accepted; it cannot be changed.')

/**
 * What a session does with names in the deposit box: new uploads, parts to resume, what was
 * accepted. An accepted name goes on answering with its exact size (reference sftp §0 rule 5).
 */
export class DepositBox {
  readonly #context: TransferContext
  readonly #replies: RepliesOut
  readonly #isTemporary: (name: string) => boolean
  readonly #uploads = new Set<Upload>()
  /** Accepted in this session: shown whatever the settings say about older deposits. */
  readonly #accepted = new Map<string, Listed>()
  /** Names whose CLOSE or RENAME is under way: what comes behind waits for its outcome. */
  readonly #committing = new Map<string, Promise<unknown>>()

  readonly #isDeafToClose: boolean
  /** Refusals that a deaf client has not heard, by name. */
  readonly #unheard = new Map<string, Reply>()

  constructor(context: TransferContext, replies: RepliesOut) {
    this.#context = context
    this.#isDeafToClose = DEAF_TO_CLOSE.test(context.client.ident)
    this.#replies = replies
    this.#isTemporary = temporaryNameTest(context.settings.temporaryNames)
  }

  /** OPEN for writing. */
  async open(name: string, flags: number): Promise<Upload | Reply> {
    await this.#committing.get(name)
    this.#unheard.delete(name)
    const refusal = await this.#refusedAtOpen(name)
    if (refusal !== undefined) return refusal
    const { client, services } = this.#context
    const part = services.staging.find(client.connection.id, name)
    const isNew = part === undefined || (flags & OPEN_FLAGS.TRUNC) !== 0
    const mayCreate = (flags & OPEN_FLAGS.CREAT) !== 0
    // The journal is asked only when the answer matters: the usual upload creates and truncates.
    if (!mayCreate || (flags & (OPEN_FLAGS.EXCL | OPEN_FLAGS.APPEND)) !== 0) {
      const isDeposit = part === undefined && (await this.#deposit(name)) !== undefined
      if (isDeposit) return ALREADY_ACCEPTED
      if (part === undefined && !mayCreate) return NO_SUCH_FILE
      if (part !== undefined && mayCreate && (flags & OPEN_FLAGS.EXCL) !== 0) {
        return failed('FAILURE', 'The file exists.')
      }
    }
    const room = this.#refusedForRoom(name, part === undefined)
    if (room !== undefined) return room
    const reopened = isNew ? undefined : await services.staging.reopen(client.connection.id, name)
    const file = reopened ?? (await services.staging.open(client.connection.id, 'sftp', name))
    return this.#upload(name, file, (flags & OPEN_FLAGS.APPEND) !== 0)
  }

  /** The refusal of an upload under this name that CLOSE told in vain; told once. */
  async takeUnheard(name: string): Promise<Reply | undefined> {
    await this.#committing.get(name)
    const reply = this.#unheard.get(name)
    this.#unheard.delete(name)
    return reply
  }

  /** What stands under the name now; undefined = nothing. */
  async find(name: string): Promise<Listed | undefined> {
    await this.#committing.get(name)
    for (const upload of this.#uploads) {
      if (upload.name === name) return this.#describeUpload(upload)
    }
    const { client, services } = this.#context
    const accepted = this.#accepted.get(name)
    if (accepted !== undefined) return accepted
    const part = services.staging.find(client.connection.id, name)
    if (part !== undefined) {
      return { name, kind: 'part', bytes: part.bytes, modifiedAt: part.updatedAt }
    }
    return this.#deposit(name)
  }

  /** Everything in the box, parts first; one entry a name. */
  async list(): Promise<Listed[]> {
    const { client, services, log } = this.#context
    const listed = new Map<string, Listed>()
    for (const { name, bytes, updatedAt } of services.staging.list(client.connection.id)) {
      listed.set(name, { name, kind: 'part', bytes, modifiedAt: updatedAt })
    }
    for (const upload of this.#uploads) listed.set(upload.name, this.#describeUpload(upload))
    for (const accepted of this.#accepted.values()) listed.set(accepted.name, accepted)
    for (const { name, bytes, receivedAt } of await services.deposits.list(client.connection.id)) {
      if (listed.size >= MAX_LISTED) {
        log.warn({ maxListed: MAX_LISTED }, 'deposit box listed in part only')
        break
      }
      if (!listed.has(name)) {
        listed.set(name, { name, kind: 'deposit', bytes, modifiedAt: receivedAt })
      }
    }
    return [...listed.values()]
  }

  /** REMOVE: only what was not accepted is the partner's to remove. */
  async remove(name: string): Promise<Reply> {
    const found = await this.find(name)
    if (found === undefined) return NO_SUCH_FILE
    const { client, services } = this.#context
    if (this.#isOpen(name)) return failed('FAILURE', 'The file is being written.')
    if (services.staging.find(client.connection.id, name) === undefined) {
      return failed('PERMISSION_DENIED', 'This file was accepted; it cannot be removed.')
    }
    await services.staging.drop(client.connection.id, name)
    return OK
  }

  /**
   * RENAME: between temporary names a move; from a part to the name of a flow the commit point,
   * as durable as CLOSE (reference sftp §4).
   * @param mayReplace `posix-rename@openssh.com`: another part under the target goes
   */
  async rename(from: string, to: string, mayReplace: boolean): Promise<Reply> {
    await Promise.all([this.#committing.get(from), this.#committing.get(to)])
    const { client, services } = this.#context
    if (this.#isOpen(from)) return failed('FAILURE', 'The file is still being written.')
    if (services.staging.find(client.connection.id, from) === undefined) {
      return (await this.find(from)) === undefined ? NO_SUCH_FILE : ALREADY_ACCEPTED
    }
    if (from === to) return OK
    const instead = await passFault(this.#context, 'dialogue', {
      dialogue: { step: 'rename' },
      interfaceCode: codeInName(to),
    })
    if (instead !== undefined) return instead
    if (this.#isTemporary(to)) {
      const isTaken = this.#isOpen(to) || (await this.find(to)) !== undefined
      if (isTaken && (!mayReplace || this.#isOpen(to))) return failed('FAILURE', 'The file exists.')
      await services.staging.rename(client.connection.id, from, to)
      return OK
    }
    const code = services.checkName(client.connection, to)
    if (code !== undefined) {
      return refuse(this.#context, code, `${from} was to be renamed to ${to}.`, to)
    }
    const committed = this.#commitPart(from, to)
    this.#holdName(to, committed)
    return committed
  }

  /** Space left for uploads: the partner's quota, never our disk. */
  space(): Space {
    const { client, services } = this.#context
    const { limits, staging } = services
    const used = staging.usedBytes(client.connection.id)
    const files = staging.list(client.connection.id).length
    return {
      totalBytes: limits.maxStagedBytes,
      freeBytes: Math.max(0, limits.maxStagedBytes - used),
      totalFiles: limits.maxStagedParts,
      freeFiles: Math.max(0, limits.maxStagedParts - files),
      isReadOnly: false,
    }
  }

  /** CLOSE of an upload: names it holds until the outcome is known. */
  closing(upload: Upload, done: Promise<void>): void {
    this.#holdName(upload.name, done)
  }

  #holdName(name: string, until: Promise<unknown>): void {
    this.#committing.set(name, until)
    const release = (): void => {
      if (this.#committing.get(name) === until) this.#committing.delete(name)
    }
    until.then(release, release)
  }

  async #refusedAtOpen(name: string): Promise<Reply | undefined> {
    const { client, services } = this.#context
    if (!client.mayStart()) return failed('PERMISSION_DENIED', 'The connection is not active.')
    const instead = await passFault(this.#context, 'open', { interfaceCode: codeInName(name) })
    if (instead !== undefined || this.#isTemporary(name)) return instead
    const code = services.checkName(client.connection, name)
    if (code === undefined) return undefined
    return refuse(this.#context, code, `A file named ${name} was offered.`, name)
  }

  #refusedForRoom(name: string, isNewName: boolean): Reply | undefined {
    const { client, services } = this.#context
    const { limits, staging } = services
    const used = staging.usedBytes(client.connection.id)
    const parts = staging.list(client.connection.id).length
    if (used >= limits.maxStagedBytes || (isNewName && parts >= limits.maxStagedParts)) {
      const reason = `${parts} parts with ${used} bytes are staged already.`
      return refuse(this.#context, 'QUOTA_EXCEEDED', reason, name)
    }
    if (staging.freeDiskBytes() < limits.minFreeDiskBytes) {
      const reason = `Less than ${limits.minFreeDiskBytes} bytes are free in the staging folder.`
      return refuse(this.#context, 'DISK_FULL', reason, name)
    }
    return undefined
  }

  #upload(name: string, file: StagedFile, isAppending: boolean): Upload {
    const upload = new Upload({
      context: this.#context,
      replies: this.#replies,
      name,
      isTemporary: this.#isTemporary(name),
      isAppending,
      file,
      ended: ({ acceptedBytes, reply }) => {
        this.#uploads.delete(upload)
        if (acceptedBytes === undefined) this.#accepted.delete(name)
        else this.#remember(name, acceptedBytes)
        if (this.#isDeafToClose && reply !== undefined && reply !== OK) {
          if (this.#unheard.size >= MAX_REMEMBERED) this.#unheard.clear()
          this.#unheard.set(name, reply)
        }
      },
    })
    this.#uploads.add(upload)
    return upload
  }

  async #commitPart(from: string, to: string): Promise<Reply> {
    const { client, services, log } = this.#context
    const file = await services.staging.reopen(client.connection.id, from)
    if (file === undefined) return NO_SUCH_FILE
    try {
      const answer = await offerToIntake(this.#context, {
        file,
        name: to,
        whenRefused: 'keep',
        evidence: { renamedFrom: from },
      })
      if (answer.acceptedBytes !== undefined) {
        this.#remember(to, answer.acceptedBytes)
        // A cut upload under the final name is done with: the whole file came another way.
        await services.staging.drop(client.connection.id, to)
      }
      return answer.reply
    } catch (error) {
      log.error({ err: error, from, to }, 'part not renamed')
      await file.keep()
      return errorReply(error)
    }
  }

  async #deposit(name: string): Promise<Listed | undefined> {
    const accepted = this.#accepted.get(name)
    if (accepted !== undefined) return accepted
    const { client, services } = this.#context
    const deposit = await services.deposits.find(client.connection.id, name)
    if (deposit === undefined) return undefined
    return { name, kind: 'deposit', bytes: deposit.bytes, modifiedAt: deposit.receivedAt }
  }

  #isOpen(name: string): boolean {
    return [...this.#uploads].some((upload) => upload.name === name)
  }

  #describeUpload({ name, bytes }: Upload): Listed {
    return { name, kind: 'part', bytes, modifiedAt: this.#context.services.clock.now() }
  }

  #remember(name: string, bytes: number): void {
    if (this.#accepted.size >= MAX_REMEMBERED) {
      const [oldest] = this.#accepted.keys()
      if (oldest !== undefined) this.#accepted.delete(oldest)
    }
    const modifiedAt = this.#context.services.clock.now()
    this.#accepted.set(name, { name, kind: 'deposit', bytes, modifiedAt })
  }
}
