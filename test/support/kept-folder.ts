import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const FOLDER = new URL('../samples/upgrade/', import.meta.url)
const ENDING = '.json.gz'

/** Data folders that older programs left (test/samples/ORIGIN.md), by the newest step they have. */
export function keptFolders(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
}

/** Puts one of them into an empty folder. */
export async function unpackKeptFolder(name: string, folder: string): Promise<void> {
  const packed = readFileSync(new URL(`${name}${ENDING}`, FOLDER))
  const files = JSON.parse(gunzipSync(packed).toString('utf8')) as Record<string, string>
  for (const [path, base64] of Object.entries(files)) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await writeFile(target, Buffer.from(base64, 'base64'), { mode: 0o600 })
  }
}
