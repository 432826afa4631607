import { SECTIONS, SETTINGS, type Setting } from '../../config/settings.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/configuration.md: every setting, out of the schema. */
export function configurationPage(): string {
  const general = SETTINGS.filter((setting) => !setting.path.includes('.'))
  const parts = [
    '# Configuration',
    GENERATED_MARK,
    INTRODUCTION,
    '## General',
    settingsTable(general),
    ...[...SECTIONS].flatMap(([section, meaning]) => [
      `## \`${section}\``,
      meaning,
      settingsTable(SETTINGS.filter((setting) => setting.path.startsWith(`${section}.`))),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

const INTRODUCTION = `Every setting has a default: an empty configuration works. The command line wins over the
environment, the environment over the file, the file over the default.

- **File**: YAML, named by \`--config FILE\` or \`RACCORD_CONFIG\`. [gateway.example.yaml](../config/gateway.example.yaml)
  holds every setting with its default.
- **Environment**: \`RACCORD_\` and the setting in capitals, \`__\` between levels. A list is written
  with commas; an empty variable counts as not set. Settings marked _secret_ may come from a file
  instead, named by the same variable with \`_FILE\` behind it, and never show in a message.
- **Paths** that are relative are meant from the folder where you stand.

A setting that does not exist, or whose value is out of range, stops the start; all faults are
listed at once. Known besides the settings: \`RACCORD_CONFIG\` (the file), \`RACCORD_URL\` and
\`RACCORD_TOKEN\` (which gateway the commands speak to), \`RACCORD_SHARED\` (reference data of the
tests). \`raccord serve --check\` only checks.

[simulated] marks what imitates the real gateway without a public text to go by.`

function settingsTable(settings: readonly Setting[]): string {
  return table(
    ['setting', 'environment', 'default', 'range', 'meaning'],
    settings.map((setting) => [
      `\`${setting.path}\``,
      `\`${setting.environmentName}\``,
      `\`${shownDefault(setting.default)}\``,
      setting.range,
      setting.isSecret ? `${setting.meaning} _Secret._` : setting.meaning,
    ]),
  )
}

function shownDefault(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return value === '' ? '""' : String(value)
}
