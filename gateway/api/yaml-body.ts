import { isScalar, parseDocument, visit } from 'yaml'
import { GatewayError } from '../errors.ts'

/** YAML takes a hundred times as long to read as JSON; a connection with its chains has some 20 KiB. */
const MAX_YAML_CHARACTERS = 128 * 1024
/** More is no way to write a connection. */
const MAX_ALIASES = 16
/** Anchors and tags behind one another: a node has one of each, and the parser compares them all. */
const MAX_MARKS = 16

/**
 * The value of a YAML document, in a time that grows with its length. What the parser has to say
 * besides faults goes nowhere: it repeats what it read.
 * @throws GatewayError API_REQUEST_INVALID, API_BODY_TOO_LARGE
 */
export function readYaml(text: string): unknown {
  if (text.length > MAX_YAML_CHARACTERS) {
    throw new GatewayError(
      'API_BODY_TOO_LARGE',
      `As YAML the body has more than ${MAX_YAML_CHARACTERS} characters; JSON may be longer.`,
    )
  }
  try {
    refuseMarks(text)
    // Its own look for keys given twice compares each with all others: see `refuseTwice`.
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' })
    const [fault] = document.errors
    if (fault !== undefined) throw fault
    let aliases = 0
    visit(document, {
      Alias() {
        aliases += 1
        if (aliases > MAX_ALIASES) throw new Error(`more than ${MAX_ALIASES} aliases`)
      },
      Map(_key, { items }) {
        refuseTwice(items.map(({ key }) => (isScalar(key) ? key.value : key)))
      },
    })
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0]?.slice(0, 200) : ''
    throw new GatewayError('API_REQUEST_INVALID', `The body is not YAML: ${reason}`, { cause })
  }
}

function refuseMarks(text: string): void {
  let marks = 0
  for (const word of text.split(/\s+/)) {
    marks = /^[&!]/.test(word) ? marks + 1 : 0
    if (marks > MAX_MARKS) throw new Error(`more than ${MAX_MARKS} anchors or tags of one node`)
  }
}

function refuseTwice(keys: readonly unknown[]): void {
  const seen = new Set<unknown>()
  for (const key of keys) {
    if (seen.has(key)) throw new Error(`"${String(key).slice(0, 80)}" is given twice`)
    seen.add(key)
  }
}
