import { gunzipSync } from 'node:zlib'

/** Files of a `.tar.gz`, by name. */
export function archiveFiles(bytes: Buffer): Map<string, Buffer> {
  const tar = gunzipSync(bytes)
  const files = new Map<string, Buffer>()
  for (let at = 0; tar[at] !== 0;) {
    const name = tar
      .subarray(at, at + 100)
      .toString()
      .replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.subarray(at + 124, at + 135).toString(), 8)
    files.set(name, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}
