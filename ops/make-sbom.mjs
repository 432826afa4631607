// Writes the bill of materials (CycloneDX 1.5, JSON) of what is shipped, from package-lock.json, to
// standard output: `npm run sbom`. `npm sbom --omit dev` is not used: it leaves out packages that
// dependencies of development share, zod and yaml among them (npm 11.19).
import { readFileSync } from 'node:fs'

const read = (path) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
const { name, version, license } = read('package.json')
const { packages } = read('package-lock.json')

const purlOf = (one, at) => `pkg:npm/${one.replace('@', '%40')}@${at}`
const components = new Map()
for (const [path, locked] of Object.entries(packages)) {
  if (path === '' || locked.dev === true) continue
  const own = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const purl = purlOf(own, locked.version)
  const [algorithm, digest] = (locked.integrity ?? '').split('-')
  components.set(purl, {
    'bom-ref': purl,
    type: 'library',
    name: own,
    version: locked.version,
    purl,
    ...(locked.optional === true ? { scope: 'optional' } : {}),
    ...(locked.license === undefined ? {} : { licenses: [{ expression: locked.license }] }),
    ...(algorithm === 'sha512'
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
  })
}
const bill = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: {
      'bom-ref': purlOf(name, version),
      type: 'application',
      name,
      version,
      purl: purlOf(name, version),
      licenses: [{ expression: license }],
    },
  },
  components: [...components.values()],
}
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`)
