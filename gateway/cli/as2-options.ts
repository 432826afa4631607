import { z } from 'zod'
import { ERROR_MODIFIERS } from '../../protocols/as2/mdn/disposition.ts'
import { DEFAULT_SENDING, type SendingPolicy } from '../../protocols/as2/sending-policy.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** `--as2 NAME=VALUE`, once for each: how a partner on AS2 behaves, for testers. */

const HASHES = ['sha256', 'sha384', 'sha512', 'sha1'] as const
const flag = z.stringbool()

const sendSchema = z.strictObject({
  sign: z.enum(['none', ...HASHES]).default('sha256'),
  pss: flag.default(false),
  encrypt: z
    .enum([
      'none',
      'aes256-cbc',
      'aes192-cbc',
      'aes128-cbc',
      'aes256-gcm',
      'aes192-gcm',
      'aes128-gcm',
    ])
    .default('aes256-cbc'),
  oaep: z.enum(['none', ...HASHES]).default('none'),
  compress: z.enum(['none', 'before-signature', 'after-signature']).default('none'),
  receipt: z.enum(['signed', 'unsigned', 'none']).default('signed'),
  /** async: posted to where the partner listens. */
  receiptMode: z.enum(['sync', 'async']).default('sync'),
  micalg: z.enum(['new', 'old']).default('new'),
  chunked: flag.default(false),
  expect: flag.default(false),
  /** Instead of a new one. */
  messageId: z
    .string()
    .regex(/^[!-~]{1,255}$/)
    .exactOptional(),
})

const listenSchema = z.strictObject({
  /** Signed when asked, always, or never. */
  receipts: z.enum(['as-asked', 'always', 'never']).default('as-asked'),
  /** Every message is refused so. */
  refuse: z.enum(ERROR_MODIFIERS).exactOptional(),
})

export type As2SendSettings = Readonly<z.output<typeof sendSchema>>
export type As2ListenSettings = Readonly<z.output<typeof listenSchema>>

/** Of `raccord send`. @throws CommandFailure usage */
export function as2SendSettings(values: readonly string[] = []): As2SendSettings {
  return parsed(sendSchema, values)
}

/** Of `raccord listen`. @throws CommandFailure usage */
export function as2ListenSettings(values: readonly string[] = []): As2ListenSettings {
  return parsed(listenSchema, values)
}

function parsed<Schema extends z.ZodObject>(
  schema: Schema,
  values: readonly string[],
): z.output<Schema> {
  const pairs = values.map((value) => {
    const at = value.indexOf('=')
    return [value.slice(0, at === -1 ? undefined : at), at === -1 ? 'true' : value.slice(at + 1)]
  })
  const result = schema.safeParse(Object.fromEntries(pairs))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const names = Object.keys(schema.shape).join(', ')
  throw new CommandFailure(
    EXIT.usage,
    `--as2 ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}.`,
    `The names are ${names}; docs/commands.md has the values.`,
  )
}

/** The policy of a message, as those settings say. */
export function as2Policy(settings: As2SendSettings, receiptUrl?: string): SendingPolicy {
  const { sign, pss, encrypt, oaep, compress, receipt, micalg } = settings
  return {
    ...DEFAULT_SENDING,
    sign: sign === 'none' ? undefined : { hash: sign, pss },
    encrypt:
      encrypt === 'none' ? undefined : { cipher: encrypt, ...(oaep === 'none' ? {} : { oaep }) },
    compress: compress === 'none' ? undefined : compress,
    receipt,
    receiptHashes: [sign === 'none' ? 'sha256' : sign],
    micalg,
    isChunked: settings.chunked,
    expectsContinue: settings.expect,
    ...(receiptUrl === undefined ? {} : { receiptUrl }),
  }
}
