import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import { zipSync, strToU8 } from 'fflate'
import type { Diagnosis } from '../doctor/diagnosis.ts'
import type { JournalView } from '../doctor/journal-view.ts'
import type { RunFile } from '../run-file.ts'
import { VERSION } from '../version.ts'
import { journalFacts } from './journal-facts.ts'
import { logLines } from './log-lines.ts'
import { createScrub } from './scrub.ts'

/** What a bundle is made of; whatever is missing is left out. */
export interface BundleSources {
  /** With its secret settings hidden. */
  readonly config: Readonly<Record<string, unknown>>
  /** Values that must not be in the bundle, wherever they turn up. */
  readonly secrets: readonly string[]
  readonly diagnoses: readonly Diagnosis[]
  readonly run: RunFile | undefined
  readonly journal: JournalView | undefined
  /** What `/metrics` says. */
  readonly metrics: string | undefined
  /** Text of a log of this program. */
  readonly log: string | undefined
}

const README = `What \`raccord support-bundle\` gathered, for whoever helps: versions, settings with secrets
hidden, what doctor says, counts, states, times and codes of the journal, metrics, log lines.

Left out: secrets, keys, contents of flows and invoices, names and addresses of people, texts that
partners wrote. Read it before you send it: every file is text.
`

/** One ZIP, small enough to be mailed. */
export async function makeSupportBundle(sources: BundleSources): Promise<Uint8Array> {
  const { config, diagnoses, run, journal, metrics, log } = sources
  const scrub = createScrub(sources.secrets)
  const json = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? scrub(part) : part), 2)
  const files: Readonly<Record<string, string | undefined>> = {
    'README.txt': README,
    'versions.json': json({
      madeAt: new Date().toISOString(),
      raccord: VERSION,
      ...process.versions,
      platform: platform(),
      release: release(),
      arch: arch(),
      processors: availableParallelism(),
      memoryBytes: totalmem(),
    }),
    'config.json': json(config),
    'doctor.json': json(diagnoses),
    'run.json':
      run === undefined ? undefined : json({ ...run, token: undefined, apiRootPem: undefined }),
    'journal.json': journal === undefined ? undefined : json(await journalFacts(journal)),
    'metrics.txt': metrics?.split('\n').map(scrub).join('\n'),
    'log.ndjson': log === undefined ? undefined : logLines(log, scrub).join('\n'),
  }
  return zipSync(
    Object.fromEntries(
      Object.entries(files).flatMap(([name, text]) =>
        text === undefined ? [] : [[`raccord-support/${name}`, strToU8(text)]],
      ),
    ),
  )
}
