import type { Clock } from '../gateway/clock.ts'
import type { As2Policy } from '../gateway/connections/as2-overrides.ts'
import type { Faults } from '../gateway/faults.ts'
import type {
  ConnectionId,
  Intake,
  ProtocolName,
  RefusalCode,
  RefusalId,
  ReturnFlow,
  ReturnFlowId,
  SessionId,
  StoredContent,
} from '../gateway/flow.ts'
import type { Logger } from 'pino'
import type { PesitOverrides } from '../gateway/connections/pesit-overrides.ts'
import type { FailedTries } from './failed-tries.ts'
import type { CertificatesOf } from './partner-certificate.ts'
import type { TranscriptWriter } from './transcript.ts'

/**
 * The port every listener is built against: what it takes (`ListenerServices`) and what it gives
 * (`Listener`). A listener knows no queue, no invoice and no database.
 */
export interface ListenerServices {
  readonly authenticate: Authenticate
  readonly certificatesOf: CertificatesOf
  readonly isRegistered: IsRegistered
  readonly failedTries: FailedTries
  readonly checkName: CheckName
  readonly staging: Staging
  readonly intake: Intake
  readonly deposits: Deposits
  readonly mailbox: Mailbox
  readonly memory: ProtocolMemory
  readonly sessions: Sessions
  readonly faults: Faults
  readonly clock: Clock
  readonly limits: PartnerLimits
  readonly log: Logger
}

/** A running listener. */
export interface Listener {
  readonly protocol: ProtocolName
  /** Where it listens, with the real port. */
  readonly address: { readonly host: string; readonly port: number }
  /** Of one that speaks HTTP: scheme and path of its URL. */
  readonly url?: { readonly scheme: 'http' | 'https'; readonly path: string }
  /** Ends in order: no new session, transfers in hand finish within `graceMilliseconds`, then cut. */
  stop(graceMilliseconds: number): Promise<void>
}

/** What a partner may do at most, on any protocol (settings `limits.*`). */
export interface PartnerLimits {
  readonly maxFlowBytes: number
  /** Staged and not yet accepted, per connection. */
  readonly maxStagedBytes: number
  readonly maxStagedParts: number
  /** Refuse new transfers below this much free disk. */
  readonly minFreeDiskBytes: number
}

// --- who is this -----------------------------------------------------------------------------

export type Credential = SftpCredential | As2Credential | PesitCredential

export interface SftpCredential {
  readonly protocol: 'sftp'
  /** User name as offered. */
  readonly user: string
  /** Hexadecimal SHA-256 of the SubjectPublicKeyInfo (DER) of the key offered. */
  readonly spkiSha256: string
  readonly peerAddress: string
}

/** Names alone: the signature of the message then proves them. */
export interface As2Credential {
  readonly protocol: 'as2'
  /** Readings of AS2-From and AS2-To, decoded, the likeliest first. */
  readonly as2From: readonly string[]
  readonly as2To: readonly string[]
  readonly peerAddress: string
}

export interface PesitCredential {
  readonly protocol: 'pesit'
  /** PI 3 of CONNECT, right-trimmed. */
  readonly requesterId: string
  /** Of the client certificate, whose key the caller has proved; absent without TLS. */
  readonly certificate?: {
    /** 64 lower-case hexadecimal characters each. */
    readonly sha256: string
    readonly spkiSha256: string
  }
  /** PI 5, octets 1–8, right-trimmed; absent when it was not said. */
  readonly password?: string
  readonly peerAddress: string
}

/** The connection a session belongs to: what a listener may know of it. */
export interface PartnerConnection {
  readonly id: ConnectionId
  /** `AAA999`, given when the connection was created. */
  readonly applicationCode: string
  readonly protocol: ProtocolName
  /** Of an AS2 connection. */
  readonly as2?: As2Link
  /** Of a PeSIT connection. */
  readonly pesit?: PesitPartner
}

/**
 * Whether a certificate, by its hexadecimal SHA-256, serves a connection of AS2: a partner, then,
 * that may be told more than somebody whom nobody knows. Answers from memory.
 */
export type IsRegistered = (sha256: string) => boolean

/** What AS2 knows of a connection. */
export interface As2Link {
  /** What the partner calls itself: AS2-From of its messages. */
  readonly partnerId: string
  /** What it calls us: AS2-To of its messages. */
  readonly ownId: string
  /** Where return flows are posted; its host may ask for receipts. */
  readonly url: string
  readonly policy: As2Policy
}

/** What a PeSIT connection says of the partner. */
export interface PesitPartner {
  /** PI 3 of the partner that calls. */
  readonly requesterId: string
  /** Where the partner answers, and its PI 4. */
  readonly host?: string
  readonly port?: number
  readonly serverId?: string
  readonly overrides: PesitOverrides
}

/**
 * Answers from memory. Unknown, wrong and inactive are one answer: the reason is recorded as a
 * refusal by `Sessions.refused`, never told. `nearest` helps ops, never the partner.
 */
export type Authenticate = (credential: Credential) =>
  | {
      readonly outcome: 'accepted'
      readonly connection: PartnerConnection
      /** AS2: more that have these names; the certificate of the signature says which it is. */
      readonly others?: readonly PartnerConnection[]
    }
  | {
      readonly outcome: 'refused'
      readonly reason: string
      readonly nearest?: { readonly connectionId: ConnectionId; readonly differs: string }
    }

/**
 * Whether a flow of this name may come over this connection: the refusal, or undefined. Pure and
 * from memory, so that a bad name is refused before a byte is sent; the intake asks again.
 */
export type CheckName = (connection: PartnerConnection, name: string) => RefusalCode | undefined

// --- what is being received ------------------------------------------------------------------

/** An upload kept for resuming: not a flow, invisible to the pipeline. */
export interface StagedPart {
  readonly id: string
  readonly name: string
  readonly bytes: number
  /** Milliseconds UTC. */
  readonly updatedAt: number
}

/** Files being received, by connection and the name the partner uses. */
export interface Staging {
  /** Starts a new, empty file; an older kept part of that name stays until this one is kept or sealed. */
  open(connectionId: ConnectionId, protocol: ProtocolName, name: string): Promise<StagedFile>
  /** Opens a kept part again, for writing at its end or before. Undefined when there is none here. */
  reopen(connectionId: ConnectionId, name: string): Promise<StagedFile | undefined>
  find(connectionId: ConnectionId, name: string): StagedPart | undefined
  list(connectionId: ConnectionId): readonly StagedPart[]
  rename(connectionId: ConnectionId, from: string, to: string): Promise<void>
  drop(connectionId: ConnectionId, name: string): Promise<void>
  /** Bytes in staging for this connection, files being written included. */
  usedBytes(connectionId: ConnectionId): number
  /** Free bytes on the disk that holds the staging folder; cached for a second. */
  freeDiskBytes(): number
}

/** One file being received. Calls are made one after the other, each awaited, by its owner. */
export interface StagedFile {
  readonly id: string
  /** Bytes in the file now. */
  readonly bytes: number
  /**
   * Writes all buffers at `position`; resolves when the operating system has every byte, or memory
   * while the file is small: a disk that takes nothing is then met at `sync`, `keep` or the intake.
   */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>
  /** First bytes or last bytes of what is there, to look at the content. */
  read(position: number, length: number): Promise<Buffer>
  truncate(bytes: number): Promise<void>
  /** fdatasync. */
  sync(): Promise<void>
  /** Has the disk take what was written, beside the writes that go on. */
  flush(): void
  /**
   * Notes something beside the content, behind what was noted before; resolves when the operating
   * system has it, or memory while the file is small. It stays with a kept part.
   */
  mark(record: Buffer): Promise<void>
  /** All that was noted, in order. */
  marks(): Promise<Buffer>
  /**
   * Makes the content final and says what it is. The file is then the intake's; it is durable by
   * now, but for a small one, which the intake makes durable.
   */
  seal(): Promise<ReceivedContent>
  /** Keeps what is there as a resumable part under the name it was opened with, and closes. */
  keep(): Promise<void>
  /** Closes and removes. Also right after `seal` when the intake refused it. */
  drop(): Promise<void>
  /** After `seal`, when the intake refused it: back to a kept, resumable part. */
  unseal(): Promise<void>
}

/**
 * What a content shows of its own end, gzip by its structure and XML by its closing tag: certain
 * of both, unknown of everything else, and where the protocol says the end itself (PeSIT, AS2).
 * `whole` says nothing about what it holds.
 */
export type ContentEnding = 'whole' | 'cut' | 'unknown'

/** A received content at rest. */
export interface ReceivedContent extends StoredContent {
  readonly ending: ContentEnding
}

/** What a connection has deposited and the gateway has accepted; names and sizes only. */
export interface Deposits {
  /** Newest first, those younger than the setting `intake.showDepositsSeconds`. */
  list(connectionId: ConnectionId): Promise<readonly Deposit[]>
  find(connectionId: ConnectionId, name: string): Promise<Deposit | undefined>
}

export interface Deposit {
  readonly name: string
  readonly bytes: number
  /** Milliseconds UTC. */
  readonly receivedAt: number
}

// --- what goes back --------------------------------------------------------------------------

/** Return flows a partner may fetch itself (SFTP, PeSIT READ). */
export interface Mailbox {
  /** Those offered now, oldest first. */
  list(connectionId: ConnectionId): Promise<readonly ReturnFlow[]>
  open(connectionId: ConnectionId, id: ReturnFlowId): Promise<ReadableContent>
  /** Every byte was read and the file closed: it is delivered and leaves the list. Idempotent. */
  consumed(
    connectionId: ConnectionId,
    id: ReturnFlowId,
    evidence: Readonly<Record<string, string>>,
  ): Promise<void>
}

/** Random access to a stored content. */
export interface ReadableContent {
  readonly bytes: number
  /** Fills the buffers from `position`; resolves to the bytes read, 0 at the end. */
  read(buffers: readonly NodeJS.ArrayBufferView[], position: number): Promise<number>
  close(): Promise<void>
}

/** Durable small records of a protocol's own, under protocol + connection + key. */
export interface ProtocolMemory {
  /** Resolves to the value that stands: the one given, or the one that was there first. */
  putIfAbsent(
    protocol: ProtocolName,
    connectionId: ConnectionId,
    key: string,
    value: string,
    expiresAt?: number,
  ): Promise<string>
  get(protocol: ProtocolName, connectionId: ConnectionId, key: string): Promise<string | undefined>
  list(
    protocol: ProtocolName,
    connectionId: ConnectionId,
    keyPrefix: string,
  ): Promise<readonly { readonly key: string; readonly value: string }[]>
  remove(protocol: ProtocolName, connectionId: ConnectionId, key: string): Promise<void>
}

// --- what happened ---------------------------------------------------------------------------

/** The record of network dialogues, good and bad. Never awaited on the way of a transfer. */
export interface Sessions {
  open(session: SessionStart): OpenSession
  /** Refused at the door: no flow exists. The id is for the operator's eyes and the log. */
  refused(refusal: DoorRefusal): RefusalId
}

export interface SessionStart {
  readonly protocol: ProtocolName
  readonly peer: string
  /** Of one that may be looked at, and cut, from outside. */
  readonly line?: SessionLine
}

/** The line under a session, as ops see it. */
export interface SessionLine {
  /** What the protocol has read and written, inside TLS where there is TLS. */
  bytes(): { readonly in: number; readonly out: number }
  /** Ends it at once; the reason goes to log and journal. */
  cut(reason: string): void
}

/** One file that a session carries: `in` is towards the gateway. */
export interface SessionTask {
  readonly direction: 'in' | 'out'
  readonly name: string
}

export interface OpenSession {
  readonly id: SessionId
  readonly transcript: TranscriptWriter
  /** Facts learnt on the way: client ident, algorithms, fingerprint, connection. */
  note(facts: {
    readonly connectionId?: ConnectionId
    readonly fields?: Readonly<Record<string, string>>
  }): void
  /** It carries a file from now on. @returns to be called when it does no more, once or more */
  carries(task: SessionTask): () => void
  close(outcome: string): Promise<void>
}

export interface DoorRefusal {
  readonly protocol: ProtocolName
  /** Absent: the peer of the session. */
  readonly peer?: string
  readonly sessionId?: SessionId
  readonly connectionId?: ConnectionId
  readonly code: RefusalCode
  /** One sentence for the operator. */
  readonly reason: string
  /** What came, and what would have been right. */
  readonly offered?: string
  readonly wanted?: string
  readonly nearest?: { readonly connectionId: ConnectionId; readonly differs: string }
}
