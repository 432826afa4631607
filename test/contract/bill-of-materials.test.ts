import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isInstalled, run } from '../support/programs.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
}

const lock = JSON.parse(await read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}
const manifest = JSON.parse(await read('package.json')) as {
  readonly version: string
  readonly scripts: Readonly<Record<string, string>>
  readonly files: readonly string[]
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

/** Licences under which the whole may be given on with its own (Apache-2.0), by SPDX name. */
const PERMISSIVE = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Unlicense',
  '(BSD-3-Clause OR GPL-2.0)',
])
/** Their package.json says it in the old form (`licenses`), which locks leave out: MIT, each. */
const OLD_FORM = new Set(['buildcheck', 'cpu-features', 'ssh2'])

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13)
const shipped = Object.entries(lock.packages).filter(([path, one]) => path !== '' && !one.dev)
const licenceOf = (path: string, { license }: LockedPackage): string | undefined =>
  license ?? (OLD_FORM.has(nameOf(path)) ? 'MIT' : undefined)

describe('what is shipped', () => {
  test('has licences only under which it may be given on', () => {
    const others = shipped.filter(([path, one]) => !PERMISSIVE.has(licenceOf(path, one) ?? ''))
    expect(others.map(([path, { license }]) => [path, license])).toEqual([])
  })

  test('is named in NOTICE with its licence, each direct dependency and no other', async () => {
    const notice = await read('NOTICE')
    const named = notice.matchAll(/^- (@?[a-z][\w./-]*): (.+)$/gm)
    const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    expect(Object.fromEntries([...named].map(([, name, licence]) => [name, licence]))).toEqual(
      Object.fromEntries(
        wanted.map((name) => {
          const path = `node_modules/${name}`
          return [name, licenceOf(path, lock.packages[path] ?? {})]
        }),
      ),
    )
  })

  test('has its bill of materials in the package and the image', async () => {
    expect(manifest.files).toContain('sbom.cdx.json')
    expect(manifest.scripts['build']).toMatch(/npm run --silent sbom$/)
    expect(await read('Dockerfile')).toContain('/srv/raccord/sbom.cdx.json')
  })

  test('is what the bill of materials lists, version by version, and nothing of development', () => {
    const { code, stdout, stderr } = run(process.execPath, [join(ROOT, 'ops/make-sbom.mjs')])
    expect(code, stderr).toBe(0)
    const bill = JSON.parse(stdout) as {
      readonly bomFormat: string
      readonly metadata: { readonly component: { readonly name: string; readonly version: string } }
      readonly components: readonly { readonly purl: string }[]
    }
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'raccord', version: manifest.version } },
    })
    const listed = bill.components.map(({ purl }) => decodeURIComponent(purl))
    const wanted = shipped.map(([path, { version }]) => `pkg:npm/${nameOf(path)}@${version}`)
    expect(listed.toSorted()).toEqual([...new Set(wanted)].toSorted())
  })
})

const UNIT = 'ops/systemd/raccord.service'
const EXECUTABLE_MISSING = /Command \/opt\/raccord\/bin\/raccord is not executable/

describe.runIf(isInstalled('systemd-analyze'))('ops/systemd/raccord.service', () => {
  test('is right as systemd reads it, but for the program that is not installed here', () => {
    const { stdout, stderr } = run('systemd-analyze', ['verify', join(ROOT, UNIT)])
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    expect(
      said.filter((line) => line.includes(UNIT.split('/')[2]!) && !EXECUTABLE_MISSING.test(line)),
    ).toEqual([])
  })

  test('is hardened: systemd rates its exposure OK', () => {
    const { stdout } = run('systemd-analyze', ['security', '--offline=true', join(ROOT, UNIT)])
    const exposure = Number(/exposure level for raccord\.service: ([\d.]+)/.exec(stdout)?.[1])
    expect(exposure).toBeLessThan(2.5)
  })
})

test('the unit starts what `npm install --global --prefix /opt/raccord` installs, with settings that are checked first', async () => {
  const unit = await read(UNIT)
  expect(unit).toContain(
    'ExecStart=/opt/raccord/bin/raccord serve --config /etc/raccord/gateway.yaml',
  )
  expect(unit).toContain('serve --check --config /etc/raccord/gateway.yaml')
})
