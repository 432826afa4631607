import { isDeepStrictEqual } from 'node:util'
import type { Config } from './schema.ts'
import { SETTINGS } from './settings.ts'

/** The configuration as it may be shown: values of secret settings that were set are hidden. */
export function shownConfig(config: Config): Record<string, unknown> {
  const shown = structuredClone(config) as unknown as Record<string, unknown>
  for (const { path, isSecret, default: fallback } of SETTINGS) {
    if (!isSecret) continue
    const sections = path.split('.')
    const name = sections.pop() ?? ''
    const level = sections.reduce<Record<string, unknown>>(
      (section, part) => section[part] as Record<string, unknown>,
      shown,
    )
    if (!isDeepStrictEqual(level[name], fallback)) level[name] = '(hidden)'
  }
  return shown
}
