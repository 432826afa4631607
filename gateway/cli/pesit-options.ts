import { z } from 'zod'
import { PARTNER_PRESETS, type PartnerProductName } from '../../protocols/pesit/sender.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PesitManner } from './pesit-call.ts'

/** `--pesit NAME=VALUE`, once for each: how a partner on PeSIT behaves, for testers. */

/** PI 21. */
const COMPRESSIONS = { none: 0, horizontal: 1, vertical: 2, both: 3 } as const
const number = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum)

const schema = z.strictObject({
  preset: z.enum(Object.keys(PARTNER_PRESETS) as [PartnerProductName]).exactOptional(),
  syncIntervalKib: number(0, 65_535).exactOptional(),
  /** PI 7, second half. */
  window: number(0, 255).exactOptional(),
  compression: z
    .enum(Object.keys(COMPRESSIONS) as [keyof typeof COMPRESSIONS])
    .transform((name) => COMPRESSIONS[name])
    .exactOptional(),
  /** Check bytes (PI 1). */
  crc: z.stringbool().exactOptional(),
  articleBytes: number(1, 65_535).exactOptional(),
  answerSeconds: number(1, 3_600).exactOptional(),
})

/** Of `raccord send`. @throws CommandFailure usage */
export function pesitManner(values: readonly string[] = []): PesitManner {
  const pairs = values.map((value) => {
    const at = value.indexOf('=')
    return [value.slice(0, at === -1 ? undefined : at), at === -1 ? 'true' : value.slice(at + 1)]
  })
  const result = schema.safeParse(Object.fromEntries(pairs))
  if (result.success) {
    const { preset, window, crc, ...same } = result.data
    return {
      ...same,
      ...(preset === undefined ? {} : { product: preset }),
      ...(window === undefined ? {} : { syncWindow: window }),
      ...(crc === undefined ? {} : { hasChecksum: crc }),
    }
  }
  const [issue] = result.error.issues
  throw new CommandFailure(
    EXIT.usage,
    `--pesit ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}.`,
    `The names are ${Object.keys(schema.shape).join(', ')}; docs/commands.md has the values.`,
  )
}
