/** Mails to be sent once, written with what they tell of (gateway/mail/mail-outbox.ts). */
export interface MailsTable {
  id: `mal_${string}`
  /** What it tells of: unique. */
  key: string
  recipient: string
  subject: string
  /** Plain text. */
  body: string
  state: 'WAITING' | 'SENT' | 'FAILED'
  attempts: number
  /** System time, milliseconds UTC. */
  next_attempt_at: number
  created_at: number
  sent_at: number | null
  /** What the last failed attempt said. */
  failure: string | null
}
