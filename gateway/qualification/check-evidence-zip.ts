import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Unzip, UnzipInflate } from 'fflate'
import { checkEvidence, type EvidenceCheck } from './check-evidence.ts'
import { ZIP_FILES } from './evidence-zip.ts'
import type { EvidenceDocument } from './evidence.ts'

/** Page, JSON and list are held whole; anything longer is none of them. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024
/** End of a ZIP without comment (APPNOTE 4.3.16): 22 bytes, the number of entries at 10. */
const END_BYTES = 22
const END_SIGNATURE = 0x0605_4b50

interface Entry {
  readonly sha256: string
  readonly text: string | undefined
}

/**
 * Looks whether an evidence archive is as it was made: every file by the list, none beside it, page
 * and JSON by their own seals, each message by the digest the record gives it.
 * @returns undefined when it is no such archive
 */
export async function checkEvidenceZip(
  file: string,
): Promise<readonly EvidenceCheck[] | undefined> {
  const { entries, isWhole } = await readEntries(file)
  const sums = entries.get(ZIP_FILES.sums)?.text
  if (sums === undefined) return undefined
  const listed = new Map(
    sums
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  )
  const unlisted = [...entries.keys()].filter(
    (path) => path !== ZIP_FILES.sums && !listed.has(path),
  )
  const checks: EvidenceCheck[] = [
    {
      what: { en: 'the archive is whole', fr: 'l’archive est entière' },
      isGood: isWhole && listed.size > 0,
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
  for (const path of [ZIP_FILES.html, ZIP_FILES.json]) {
    const checked = checkEvidence(entries.get(path)?.text ?? '')
    checks.push(
      ...(checked?.checks ?? [
        { what: { en: `${path}: no record`, fr: `${path} : sans contenu` }, isGood: false },
      ]),
    )
    if (path === ZIP_FILES.json) checks.push(...messageChecks(entries, checked?.evidence))
  }
  return checks
}

/** What the record says of a message is what lies in the archive. */
function messageChecks(
  entries: ReadonlyMap<string, Entry>,
  evidence: EvidenceDocument | undefined,
): EvidenceCheck[] {
  return (evidence?.runs ?? []).flatMap(({ run, messages, attachments }) => {
    const folder = `runs/${run.scenario.id}-${run.id}/`
    return [...messages, ...attachments].flatMap(({ id, name, sha256 }) => {
      const found = [...entries].find(
        ([path]) => path.startsWith(folder) && path.includes(`-${id}-`),
      )
      // LEFT-OUT.txt tells of what is not there.
      if (found === undefined) return []
      const what = { en: `${name}, as recorded`, fr: `${name}, tel qu’enregistré` }
      return [{ what, isGood: found[1].sha256 === sha256 }]
    })
  })
}

async function readEntries(
  file: string,
): Promise<{ readonly entries: ReadonlyMap<string, Entry>; readonly isWhole: boolean }> {
  const entries = new Map<string, Entry>()
  let count = 0
  let isWhole = true
  const unzip = new Unzip((entry) => {
    count += 1
    const hash = createHash('sha256')
    const keeps = Object.values<string>(ZIP_FILES).includes(entry.name)
    const pieces: Uint8Array[] = []
    let bytes = 0
    entry.ondata = (error, piece, isLast) => {
      if (error !== null) {
        isWhole = false
        return
      }
      hash.update(piece)
      bytes += piece.length
      if (keeps && bytes <= MAX_TEXT_BYTES) pieces.push(piece)
      if (!isLast) return
      if (entries.has(entry.name)) isWhole = false
      const text =
        keeps && bytes <= MAX_TEXT_BYTES ? Buffer.concat(pieces).toString('utf8') : undefined
      entries.set(entry.name, { sha256: hash.digest('hex'), text })
    }
    entry.start()
  })
  unzip.register(UnzipInflate)
  let end = Buffer.alloc(0)
  try {
    for await (const piece of createReadStream(file)) {
      unzip.push(piece as Buffer)
      end = Buffer.concat([end, piece as Buffer]).subarray(-END_BYTES)
    }
    unzip.push(new Uint8Array(), true)
  } catch {
    return { entries, isWhole: false }
  }
  // Other programs read the directory at the end: it must name as many.
  const isEnd = end.length === END_BYTES && end.readUInt32LE(0) === END_SIGNATURE
  return { entries, isWhole: isWhole && isEnd && end.readUInt16LE(10) === count }
}
