import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Python of its own with packages in it, in a temporary folder. */
export interface PythonClients {
  readonly python: string
  remove(): Promise<void>
}

/** Makes one; undefined when this machine has no Python, or the packages cannot be had. */
export async function installPythonClients(
  ...packages: readonly string[]
): Promise<PythonClients | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-python-'))
  const python = join(folder, 'bin', 'python')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 10 })
  const isMade =
    succeeds('python3', '-m', 'venv', folder) &&
    (installs(python, packages) || installs(python, packages) || installs(python, packages))
  if (isMade) return { python, remove }
  await remove()
  return undefined
}

/** The network may fail once. */
function installs(python: string, packages: readonly string[]): boolean {
  return succeeds(python, '-m', 'pip', 'install', '--quiet', '--no-input', ...packages)
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(program, args, { stdio: 'ignore', timeout: 180_000 })
  return status === 0
}
