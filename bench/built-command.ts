import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
/** Below the packages of the checkout, which it finds as an installed package finds its own. */
const FOLDER = join(ROOT, 'node_modules/.cache/bench/raccord')
/** Of the package beside what is compiled (`files` of package.json), and what is read there. */
const AS_THEY_ARE = [
  'gateway/cli/raccord.mjs',
  'gateway/cli/node-settings.json',
  'config/gateway.example.yaml',
  'package.json',
]
const CATALOGUE = 'processing/scenarios/catalogue'

let built = false

/**
 * Path of the `raccord` command as it is installed: compiled, where a checkout strips its sources and
 * holds 8 MiB of them twice. Built by the first who asks; what has not changed is kept between runs.
 */
export function builtCommand(): string {
  if (!built) build()
  built = true
  return join(FOLDER, 'gateway/cli/raccord.mjs')
}

function build(): void {
  const compiled = join(FOLDER, 'dist')
  const notes = join(FOLDER, 'build.json')
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const words = ['--outDir', compiled, '--incremental', '--tsBuildInfoFile', notes]
  const project = join(ROOT, 'tsconfig.build.json')
  execFileSync(process.execPath, [compiler, '-p', project, ...words], { cwd: ROOT })
  for (const path of AS_THEY_ARE) {
    mkdirSync(dirname(join(FOLDER, path)), { recursive: true })
    cpSync(join(ROOT, path), join(FOLDER, path))
  }
  cpSync(join(ROOT, CATALOGUE), join(compiled, CATALOGUE), { recursive: true })
}
