import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * The folder that relative paths of the command line and of settings are meant from: where the
 * user stands. npm runs a script from the folder of package.json and says in `INIT_CWD` where the
 * user was; a process further down that has a folder of its own is not misled by it.
 */
export function startFolder(environment: NodeJS.ProcessEnv, current = process.cwd()): string {
  const { INIT_CWD: initial, npm_package_json: manifest } = environment
  if (initial === undefined || manifest === undefined) return current
  return real(dirname(manifest)) === real(current) ? resolve(initial) : current
}

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
