import { readdirSync, readFileSync } from 'node:fs'
import type { ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import { readScenario } from './scenario-text.ts'

/** The same place in the sources and in what the build makes. */
const FOLDER = new URL('./catalogue/', import.meta.url)

/**
 * The scenarios that come with the program, one YAML file each; the names of the files give their
 * order. @throws Error for a file that is none
 */
export function loadCatalogue(): readonly ScenarioDocument[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => readScenario(readFileSync(new URL(name, FOLDER), 'utf8'), name))
}
