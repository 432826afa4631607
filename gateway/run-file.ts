import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * `DATA/run.json`, mode 0600: how local commands find the gateway that runs on this data folder,
 * with its real ports and the token of its API (decisions B12).
 */
export const runFileSchema = z.object({
  pid: z.int(),
  startedAt: z.string(),
  version: z.string(),
  environment: z.enum(['qualification', 'production']),
  url: z.string().nullable(),
  /** Where a process without an API says how it is. */
  healthUrl: z.string().exactOptional(),
  /** Root of the API's own certificate, where it has one: local commands trust it. */
  apiRootPem: z.string().exactOptional(),
  token: z.string(),
  listeners: z.array(
    z.object({
      protocol: z.enum(['sftp', 'as2', 'pesit']),
      host: z.string(),
      port: z.int(),
      url: z.object({ scheme: z.enum(['http', 'https']), path: z.string() }).exactOptional(),
    }),
  ),
  journal: z.string(),
  queue: z.string(),
  payloads: z.string(),
})

export type RunFile = z.output<typeof runFileSchema>

const NAME = 'run.json'

export async function writeRunFile(dataFolder: string, run: RunFile): Promise<void> {
  const temporary = join(dataFolder, `.${NAME}.${process.pid}`)
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(run, null, 2)}\n`)
  } finally {
    await file.close()
  }
  await rename(temporary, join(dataFolder, NAME))
}

/** Undefined when no gateway has written one, or it cannot be read. */
export async function readRunFile(dataFolder: string): Promise<RunFile | undefined> {
  try {
    const parsed = runFileSchema.safeParse(
      JSON.parse(await readFile(join(dataFolder, NAME), 'utf8')),
    )
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

export async function removeRunFile(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, NAME), { force: true })
}
