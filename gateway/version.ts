import { existsSync, readFileSync } from 'node:fs'

/** From package.json, one level up from the sources and two from what the build makes. */
const packageFile = ['../package.json', '../../package.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url))

/** The version of this program, as published. */
export const VERSION: string =
  packageFile === undefined
    ? '0.0.0'
    : (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version
