import type { OpenSession, PartnerConnection } from '../listener.ts'

/**
 * What the SSH layer gives to the SFTP layer: one byte pipe per `subsystem sftp`, with the
 * receive window owned by the reader and sending that says how much is still here.
 */

/**
 * The byte pipe under one SFTP session. Handlers are set synchronously inside `onSftp`; nothing
 * arrives before. Exceptions thrown by a handler cut the connection, they never leave the session.
 */
export interface SftpChannel {
  /**
   * Decrypted bytes in order. The slice is the receiver's: never reused by the SSH layer. It holds
   * receive window until `consumed` gives it back.
   */
  onData(handler: (chunk: Buffer) => void): void
  /** The client sent EOF: no more data. It may still read. Called at most once. */
  onEnd(handler: () => void): void
  /** Gone, for whatever reason (also after our own `end`). Called exactly once. */
  onClose(handler: () => void): void
  /**
   * Gives window credit back, for bytes that are handled, or are held within a bound. The client gets it once a
   * quarter of the window has come together. The sum never exceeds what `onData` delivered.
   */
  consumed(bytes: number): void
  /**
   * Sends the buffers one after the other. Calls of one turn leave as one batch. The buffers
   * belong to the channel until `done`, which is called exactly once: when every byte has been
   * encrypted (they may be reused then), or when the channel is gone (nothing more is sent then).
   * `done` may be called in the same turn, never inside `write`.
   */
  write(buffers: readonly Uint8Array[], done?: () => void): void
  /**
   * Bytes given to `write` that the network has not taken: waiting for the client's window, or in
   * the socket. Compare with `settings.maxUnsentBytes` before producing more.
   */
  readonly unsentBytes: number
  /** Called each time `unsentBytes` has fallen below half of `settings.maxUnsentBytes` again. */
  onDrain(handler: () => void): void
  /**
   * Says a sentence beside the data (SSH_EXTENDED_DATA_STDERR, RFC 4254 §5.2): OpenSSH's `sftp`
   * shows it to the person, and it hides the text of a status. Dropped when there is no room.
   */
  explain(text: string): void
  /** Sends exit-status 0, EOF and CLOSE, after all writes. Later writes are dropped. Idempotent. */
  end(): void
  /** Cuts the whole connection, all its channels included. The reason goes to log and journal. */
  destroy(reason: string): void
}

/** One SFTP session of an authenticated partner. */
export interface SftpClient {
  readonly connection: PartnerConnection
  readonly session: OpenSession
  /** Address of the partner's side, `host:port` (behind a listed balancer: the real one). */
  readonly peer: string
  /** What the client calls itself: `SSH-2.0-OpenSSH_9.2p1`. */
  readonly ident: string
  /** `SHA256:` + base64 without padding, as `ssh-keygen -l` shows it. */
  readonly keyFingerprint: string
  /**
   * Asks again whether the partner may still start something (decisions E4): false once its
   * connection was deactivated or its key withdrawn. Answered from memory.
   */
  readonly mayStart: () => boolean
  /** A transfer is in hand: neither idle end nor stop cuts it before its time. Balanced calls. */
  readonly beginTransfer: () => void
  readonly endTransfer: () => void
  readonly channel: SftpChannel
}
