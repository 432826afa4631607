import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

/** Field names whose values never reach a log, wherever they stand. */
const REDACTED = [
  'password',
  'passphrase',
  'privateKey',
  'token',
  'secret',
  'temporaryPassword',
  'csrfToken',
  'authorization',
  'cookie',
  '*.password',
  '*.passphrase',
  '*.privateKey',
  '*.token',
  '*.secret',
  '*.temporaryPassword',
  '*.csrfToken',
  '*.authorization',
  '*.cookie',
]

/**
 * The root logger, on standard error so that standard output carries documents only. Each part
 * takes a child: `log.child({ protocol })`, then `{ sessionId, connectionId }`, then `{ flowId }`.
 */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, redact: { paths: REDACTED, censor: '[masked]' } },
    pino.destination({ dest: 2, sync: false }),
  )
}
