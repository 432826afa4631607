import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type * as Yaml from 'yaml'
import type { LayerReading } from './config-fault.ts'
import { readNestedLayer } from './nested-layer.ts'

const require = createRequire(import.meta.url)

/** Every setting with its comments fills a few KiB. */
const MAX_FILE_BYTES = 1024 * 1024
/** Aliases are for repeating a list once or twice, not for growing a file in memory. */
const MAX_ALIASES = 50

/** Reads settings from a YAML 1.2 file; JSON is YAML. Faults name file and line. */
export function readSettingsFile(path: string): LayerReading {
  const name = basename(path)
  const fault = (origin: string, problem: string, remedy: string): LayerReading => ({
    values: new Map(),
    faults: [{ subject: 'the configuration file', origin, problem, remedy }],
  })
  let text: string
  try {
    if (statSync(path).size > MAX_FILE_BYTES) {
      return fault(path, 'larger than 1 MiB', 'Give a file that holds settings only.')
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fault(path, `cannot be read: ${why}`, 'Check the path and the rights on it.')
  }
  // Most gateways have no such file, and no use for a parser of YAML in memory.
  const { isNode, LineCounter, parseDocument } = require('yaml') as typeof Yaml
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const broken = [...document.errors, ...document.warnings].map((error) => ({
      subject: 'the configuration file',
      origin: `${name}, line ${lines.linePos(error.pos[0]).line}`,
      problem: `not well-formed YAML: ${error.message.replace(/\.$/, '')}`,
      remedy: 'Correct the line; config/gateway.example.yaml shows the form.',
    }))
    if (broken.length > 0) return { values: new Map(), faults: broken }
    return readNestedLayer(document.toJS({ maxAliasCount: MAX_ALIASES }), (path) => {
      const node = path === '' ? document.contents : document.getIn(path.split('.'), true)
      const start = isNode(node) ? node.range?.[0] : undefined
      return start === undefined ? name : `${name}, line ${lines.linePos(start).line}`
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fault(name, `not well-formed YAML: ${why}`, 'Correct it, or give another file.')
  }
}
