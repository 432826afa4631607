import { checkEvidence, type EvidenceCheck, type EvidenceRecord } from './check-evidence.ts'
import { LEFT_OUT, ZIP_FILES } from './evidence-zip.ts'
import { readEvidenceZip, type ZipEntry } from './read-evidence-zip.ts'

type Entries = ReadonlyMap<string, ZipEntry>

/**
 * Looks whether an evidence archive is as it was made: every file by the list, none beside it, page
 * and JSON by their own seals and with the same record, each message and attachment of the record
 * there, or named as left out.
 * @returns undefined when it is no such archive
 */
export async function checkEvidenceZip(
  file: string,
): Promise<readonly EvidenceCheck[] | undefined> {
  const keep = new Set<string>([...Object.values(ZIP_FILES), LEFT_OUT])
  const { entries, isAsWritten } = await readEvidenceZip(file, keep)
  const sums = textOf(entries, ZIP_FILES.sums)
  if (sums === undefined) return undefined
  const lines = sums.split('\n').filter((line) => line !== '')
  const listed = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const))
  const isList = sums === [...listed].map(([path, sha256]) => `${sha256}  ${path}\n`).join('')
  const unlisted = [...entries.keys()].filter(
    (path) => path !== ZIP_FILES.sums && !listed.has(path),
  )
  const checks: EvidenceCheck[] = [
    {
      what: { en: 'the archive as it was made', fr: 'l’archive telle qu’elle fut faite' },
      isGood: isAsWritten && isList && listed.size > 0,
    },
    ...[...listed].map(([path, sha256]) => ({
      what: { en: path, fr: path },
      isGood: entries.get(path)?.sha256 === sha256,
    })),
    ...unlisted.map((path) => ({
      what: { en: `${path} is not in the list`, fr: `${path} n’est pas dans la liste` },
      isGood: false,
    })),
  ]
  const [page, data] = [ZIP_FILES.html, ZIP_FILES.json].map((path) => {
    const content = entries.get(path)?.content
    const checked = content === undefined ? undefined : checkEvidence(content)
    const none = { what: { en: `${path}: no record`, fr: `${path} : sans contenu` }, isGood: false }
    checks.push(...(checked?.checks ?? [none]))
    return checked
  })
  checks.push({
    what: { en: 'page and data say the same', fr: 'page et données disent la même chose' },
    isGood: page !== undefined && page.words === data?.words,
  })
  return [...checks, ...contentChecks(entries, data?.record)]
}

/** What the record says of a content is what lies in the archive. */
function contentChecks(entries: Entries, record: EvidenceRecord | undefined): EvidenceCheck[] {
  const leftOut = (textOf(entries, LEFT_OUT) ?? '').split('\n')
  return (record?.runs ?? []).flatMap(({ run, messages, attachments }) => {
    const folder = `runs/${run.scenario.id}-${run.id}/`
    return [...messages, ...attachments].map(({ id, name, sha256 }) => {
      const isIts = (path: string): boolean => path.startsWith(folder) && path.includes(`-${id}-`)
      const found = [...entries].find(([path]) => isIts(path))
      return {
        what: { en: `${name}, as recorded`, fr: `${name}, tel qu’enregistré` },
        isGood: found === undefined ? leftOut.some(isIts) : found[1].sha256 === sha256,
      }
    })
  })
}

const textOf = (entries: Entries, path: string): string | undefined =>
  entries.get(path)?.content?.toString('utf8')
