import { stringify } from 'yaml'
import { SECTIONS, SETTINGS, type Setting } from '../../config/settings.ts'

const COMMENT_CHARACTERS = 98

/** config/gateway.example.yaml: every setting with its default, its range and its meaning. */
export function exampleSettings(): string {
  const general = SETTINGS.filter((setting) => !setting.path.includes('.'))
  const sections = [...SECTIONS.keys()]
    .filter((section) => !section.includes('.'))
    .map((section) => group(section, ''))
  return [HEADER, general.map((one) => entry(one, '')).join(''), ...sections].join('\n')
}

const HEADER = `# Every setting of Raccord with its default. Written by \`npm run generate\`.
# Copy what you change: what is not in a file keeps its default.
# Give the file with --config FILE or RACCORD_CONFIG; docs/configuration.md says the rest.
`

/** A group of settings by its path, groups inside it below it. */
function group(path: string, indent: string): string {
  const inner = `${indent}  `
  const seen = new Set<string>()
  const lines = SETTINGS.filter((setting) => setting.path.startsWith(`${path}.`)).map((setting) => {
    const [name = '', ...rest] = setting.path.slice(path.length + 1).split('.')
    if (rest.length === 0) return entry(setting, inner)
    if (seen.has(name)) return ''
    seen.add(name)
    return group(`${path}.${name}`, inner)
  })
  const title = comment(SECTIONS.get(path) ?? '', indent)
  return `${title}${indent}${path.split('.').at(-1)}:\n${lines.join('')}`
}

function entry(setting: Setting, indent: string): string {
  const name = setting.path.split('.').at(-1)!
  const value = stringify(setting.default, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
  return `${comment(`${setting.meaning} (${setting.range})`, indent)}${indent}${name}: ${value}\n`
}

/** Comment lines of at most `COMMENT_CHARACTERS`. */
function comment(text: string, indent: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const fits =
      last !== undefined && indent.length + last.length + word.length + 3 <= COMMENT_CHARACTERS
    if (fits) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('')
}
