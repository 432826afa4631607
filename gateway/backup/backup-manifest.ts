import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCode } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'

export const MANIFEST_FILE = 'manifest.json'

const fileSchema = z.strictObject({
  /** From the folder of the backup, with `/`. */
  path: z.string().regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[^/\\\0][^\\\0]*$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifestSchema = z.strictObject({
  format: z.literal('raccord-backup-1'),
  /** Of the program that made it. */
  version: z.string(),
  /** When the snapshot of the journal was begun, system time. */
  takenAt: z.iso.datetime(),
  environment: z.enum(['qualification', 'production']),
  journal: z.strictObject({
    engine: z.enum(['sqlite', 'postgres']),
    /** Steps of the schema that it has, in order. */
    steps: z.array(z.string()).min(1),
    /** Of PostgreSQL: rows by table. */
    tables: z.record(z.string(), z.int()),
  }),
  payloads: z.strictObject({
    engine: z.enum(['files', 's3']),
    /** False: they stay in their bucket, which has a backup of its own. */
    areCopied: z.boolean(),
    count: z.int(),
    bytes: z.int(),
    /** Those whose bytes were not those of their address any more: not in the backup. */
    damaged: z.array(z.string()),
  }),
  /** Files that settings name and that are not in it. */
  left: z.array(z.string()),
  files: z.array(fileSchema),
})

/** What is in a backup, and how to know that it is whole. */
export type BackupManifest = Readonly<z.output<typeof manifestSchema>>
export type BackupFile = Readonly<z.output<typeof fileSchema>>

/** The last file of a backup: one without it was not finished. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const file = await open(join(folder, MANIFEST_FILE), 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 1)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** @throws GatewayError BACKUP_UNFIT: there is none, or it is of another format */
export async function readManifest(folder: string): Promise<BackupManifest> {
  let text: string
  try {
    text = await readFile(join(folder, MANIFEST_FILE), 'utf8')
  } catch (cause) {
    throw new GatewayError(
      'BACKUP_UNFIT',
      `${folder} has no ${MANIFEST_FILE} (${errorCode(cause)}): no backup, or one that was not finished.`,
      { cause },
    )
  }
  const parsed = manifestSchema.safeParse(parsedJson(text))
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new GatewayError(
    'BACKUP_UNFIT',
    `The manifest of ${folder} cannot be used: ${path.join('.')}: ${message}`,
  )
}

/**
 * Reads every file and compares it with the manifest.
 * @throws GatewayError BACKUP_DAMAGED naming the first files that differ or are missing
 */
export async function checkFiles(folder: string, files: readonly BackupFile[]): Promise<void> {
  const wrong: string[] = []
  for (const { path, bytes, sha256 } of files) {
    const place = join(folder, path)
    const found = await stat(place).catch(() => undefined)
    if (found === undefined) wrong.push(`${path} is missing`)
    else if (found.size !== bytes) wrong.push(`${path} has ${found.size} bytes, not ${bytes}`)
    else if ((await sha256Of(place)) !== sha256) wrong.push(`${path} has another SHA-256`)
  }
  if (wrong.length === 0) return
  const more = wrong.length > 5 ? ` and ${wrong.length - 5} more` : ''
  throw new GatewayError(
    'BACKUP_DAMAGED',
    `The backup in ${folder} is not as it was made: ${wrong.slice(0, 5).join('; ')}${more}.`,
  )
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece as Buffer)
  }
  return hash.digest('hex')
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
