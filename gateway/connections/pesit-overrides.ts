import { z } from 'zod'
import type { PartnerProductName } from '../../protocols/pesit/partner-presets.ts'
import { hashPesitPassword, isHashedPesitPassword } from './pesit-password.ts'

/** What a preset may be named; the rows are protocols/pesit/partner-presets.ts. */
const PRODUCTS = [
  'spec',
  'cft',
  'securetransport',
  'connect-express',
  'waarp',
  'pesitwizard-java',
] as const satisfies readonly PartnerProductName[]

const COMPRESSIONS = ['none', 'horizontal', 'vertical', 'both'] as const
/** PI 12 as a partner writes it in its own configuration. */
const LOGICAL_NAME = z.string().regex(/^[\x21-\x7e]{1,76}$/)
const MAX_ALIASES = 200
const SHORT_TEXT = z.string().regex(/^[\x20-\x7e]{1,8}$/)

/** Settings of PeSIT for one connection; what is not said comes from the product, then `pesit.*`. */
export const pesitOverridesSchema = z.strictObject({
  product: z
    .enum(PRODUCTS)
    .exactOptional()
    .describe("The partner's program: what it is known to want. Default: spec."),
  naming: z
    .enum(['label', 'free-text', 'file-name', 'aliases'])
    .exactOptional()
    .describe(
      'Where the name of a flow stands: label = PI 37, PI 12 being the interface code (default); free-text = PI 99, likewise; file-name = PI 12 alone; aliases = PI 12 is a name of the table `aliases`, and the gateway makes the identifier.',
    ),
  aliases: z
    .record(LOGICAL_NAME, z.string().regex(/^[A-Z]{3}\d{4}[A-Z]$/))
    .refine((aliases) => Object.keys(aliases).length <= MAX_ALIASES, `more than ${MAX_ALIASES}`)
    .exactOptional()
    .describe('Interface code by logical name (PI 12).'),
  aliasExtension: z
    .enum(['tar.gz', 'xml'])
    .exactOptional()
    .describe('Of the names that the gateway makes for aliases. Default: tar.gz.'),
  password: z
    .string()
    .refine(
      (text) => isHashedPesitPassword(text) || /^[\x21-\x7e]{1,8}$/.test(text),
      'wants 1 to 8 visible characters',
    )
    .transform((text) => (isHashedPesitPassword(text) ? text : hashPesitPassword(text)))
    .exactOptional()
    .describe('What the partner has to say in PI 5, beside its certificate; kept as a hash.'),
  ownPassword: z
    .string()
    .regex(/^[\x21-\x7e]{1,8}$/)
    .exactOptional()
    .describe('What the gateway says in PI 5, as caller and in its answer.'),
  oldestVersion: z
    .union([z.literal(1), z.literal(2)])
    .exactOptional()
    .describe('1 lets PeSIT D in (PI 6 = 1), which is refused by 3/308 otherwise.'),
  strictness: z
    .enum(['lenient', 'strict'])
    .exactOptional()
    .describe('Instead of `pesit.strictness`.'),
  sync: z
    .strictObject({
      intervalKib: z.int().min(0).max(65_535),
      window: z.int().min(0).max(255),
    })
    .exactOptional()
    .describe('Instead of `pesit.sync`, on both sides.'),
  resynchronisation: z.boolean().exactOptional().describe('Whether RESYN may be used (PI 23).'),
  acceptCompression: z
    .boolean()
    .exactOptional()
    .describe('Whether compression that the partner proposes is taken. Default: true.'),
  compression: z
    .enum(COMPRESSIONS)
    .exactOptional()
    .describe('What the gateway proposes when it sends (PI 21). Default: none.'),
  checksum: z.boolean().exactOptional().describe('The gateway asks for check bytes (PI 1).'),
  framing: z
    .enum(['prefix', 'raw'])
    .exactOptional()
    .describe('Two bytes of length before each entity, when the gateway calls.'),
  preConnection: z
    .strictObject({ caller: SHORT_TEXT, password: SHORT_TEXT.exactOptional() })
    .or(z.literal('none'))
    .exactOptional()
    .describe('What the gateway says before CONNECT, or none.'),
  multiArticle: z.boolean().exactOptional().describe('Send several articles in one DTF.'),
  segmentation: z.boolean().exactOptional().describe('Send long articles in several FPDUs.'),
  concatenation: z.boolean().exactOptional().describe('Send several FPDUs in one entity.'),
  articleBytes: z
    .int()
    .min(1)
    .max(65_535)
    .exactOptional()
    .describe('Length of the articles that the gateway sends (PI 32).'),
  maxEntityBytes: z
    .int()
    .min(512)
    .max(65_535)
    .exactOptional()
    .describe('Instead of `pesit.maxEntityBytes` (PI 25).'),
  maxFileNameCharacters: z
    .int()
    .min(8)
    .max(76)
    .exactOptional()
    .describe('Longest PI 12 that the gateway sends.'),
  verticalPad: z
    .enum(['blank', 'keep'])
    .exactOptional()
    .describe('Vertical compression: what is beyond the end of the article before.'),
  checkArticles: z
    .enum(['refuse', 'warn'])
    .exactOptional()
    .describe('When the number of articles (PI 28) is not the one that came. Default: warn.'),
  textArticles: z
    .enum(['lines', 'stream'])
    .exactOptional()
    .describe(
      'Articles that are announced as text (PI 16 = 0, variable): each a line, whose end is added, or pieces of a stream. Default: lines.',
    ),
  routing: z
    .enum(['refuse', 'relay'])
    .exactOptional()
    .describe(
      'PI 61 and 62 that name others than the partner and this gateway: refused by 2/226 (default), or kept with the flow and given back, swapped, with its return flows.',
    ),
  returns: z
    .enum(['send', 'fetch'])
    .exactOptional()
    .describe('Return flows: the gateway calls and writes (default), or the partner fetches all.'),
  acknowledgement: z
    .boolean()
    .exactOptional()
    .describe('Send a MSG as acknowledgement of each flow that was taken in. Default: false.'),
})

/** Settings of PeSIT for one connection, as they are kept. */
export type PesitOverrides = Readonly<z.output<typeof pesitOverridesSchema>>

/** Stands for a secret wherever settings are shown. */
const HIDDEN = '***'

/** The settings of a connection without what must not be read. */
export function withoutPesitSecrets(
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { pesit } = settings
  if (typeof pesit !== 'object' || pesit === null) return { ...settings }
  const shown: Record<string, unknown> = { ...pesit }
  for (const name of ['password', 'ownPassword']) {
    if (Object.hasOwn(shown, name)) shown[name] = HIDDEN
  }
  const said = shown['preConnection']
  if (typeof said === 'object' && said !== null && 'password' in said) {
    shown['preConnection'] = { ...said, password: HIDDEN }
  }
  return { ...settings, pesit: shown }
}
