import { z } from 'zod'
import { PARTNER_PRESETS, type PartnerProductName } from '../../protocols/pesit/sender.ts'
import type { PesitOverrides } from '../connections/pesit-overrides.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PesitManner } from './pesit-call.ts'

/** `--pesit NAME=VALUE`, once for each: how a partner on PeSIT behaves, for testers. */

/** PI 21. */
const COMPRESSIONS = { none: 0, horizontal: 1, vertical: 2, both: 3 } as const
const number = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum)

const PRESETS = Object.keys(PARTNER_PRESETS) as [PartnerProductName]
const common = {
  preset: z.enum(PRESETS).exactOptional(),
  /** Where the name of a flow stands. */
  naming: z.enum(['label', 'free-text', 'file-name']).exactOptional(),
  syncIntervalKib: number(0, 65_535).exactOptional(),
  /** PI 7, second half. */
  window: number(0, 255).exactOptional(),
}
const sendSchema = z.strictObject({
  ...common,
  compression: z
    .enum(Object.keys(COMPRESSIONS) as [keyof typeof COMPRESSIONS])
    .transform((name) => COMPRESSIONS[name])
    .exactOptional(),
  /** Check bytes (PI 1). */
  crc: z.stringbool().exactOptional(),
  articleBytes: number(1, 65_535).exactOptional(),
  answerSeconds: number(1, 3_600).exactOptional(),
})
const listenSchema = z.strictObject({
  ...common,
  /** Whether compression that the gateway proposes is taken. */
  compression: z.stringbool().exactOptional(),
  /** PI 23. */
  resync: z.stringbool().exactOptional(),
  strict: z.stringbool().exactOptional(),
})

/** Of `raccord send`. @throws CommandFailure usage */
export function pesitManner(values: readonly string[] = []): PesitManner {
  const { preset, window, crc, ...same } = parsed(sendSchema, values)
  return {
    ...same,
    ...(preset === undefined ? {} : { product: preset }),
    ...(window === undefined ? {} : { syncWindow: window }),
    ...(crc === undefined ? {} : { hasChecksum: crc }),
  }
}

/** Of `raccord listen`: the same as a connection says of a partner. @throws CommandFailure usage */
export function pesitListenOverrides(values: readonly string[] = []): PesitOverrides {
  const said = parsed(listenSchema, values)
  const { preset, naming, syncIntervalKib, window, compression, resync, strict } = said
  const { sync } = PARTNER_PRESETS[preset ?? 'spec']
  const hasSync = syncIntervalKib !== undefined || window !== undefined
  return {
    ...(preset === undefined ? {} : { product: preset }),
    ...(naming === undefined ? {} : { naming }),
    ...(hasSync
      ? {
          sync: {
            intervalKib: syncIntervalKib ?? sync.intervalKib,
            window: window ?? sync.window,
          },
        }
      : {}),
    ...(compression === undefined ? {} : { acceptCompression: compression }),
    ...(resync === undefined ? {} : { resynchronisation: resync }),
    ...(strict === undefined ? {} : { strictness: strict ? 'strict' : 'lenient' }),
  }
}

function parsed<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  values: readonly string[],
): z.output<z.ZodObject<Shape>> {
  const pairs = values.map((value) => {
    const at = value.indexOf('=')
    return [value.slice(0, at === -1 ? undefined : at), at === -1 ? 'true' : value.slice(at + 1)]
  })
  const result = schema.safeParse(Object.fromEntries(pairs))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new CommandFailure(
    EXIT.usage,
    `--pesit ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}.`,
    `The names are ${Object.keys(schema.shape).join(', ')}; docs/commands.md has the values.`,
  )
}
