import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { certificatesIn, requirePrivateKey } from '../identity-keys.ts'
import { identityFolder } from '../identity-folder.ts'
import { keyInUse } from '../identity-kinds.ts'
import { hostKeysIn, readHostKeyMemory } from '../host-key-memory.ts'
import { certificateDates } from './certificate-dates.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import { modeOf, octal } from './examine-settings.ts'
import type { Patient } from './patient.ts'

const OTHERS_MAY = 0o077
/** A change of host keys is told for so long after the gateway has started with the new ones. */
const CHANGE_TOLD = 30 * 86_400_000

/** The gateway's own keys: readable by nobody else, whole, those that partners have met. */
export async function examineKeys(patient: Patient): Promise<readonly Diagnosis[]> {
  const folder = identityFolder(patient.config)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pem'))
  if (names.length === 0) return []
  const keys = new Map<string, { path: string; usedFrom: number; text: string }[]>()
  const diagnoses: Diagnosis[] = []
  for (const name of names) {
    const path = join(folder, name)
    const mode = await modeOf(path)
    if ((mode & OTHERS_MAY) !== 0) diagnoses.push(found('key-readable', `${path} (${octal(mode)})`))
    const text = await readFile(path, 'utf8').catch(() => '')
    try {
      requirePrivateKey({ path, text })
    } catch (error) {
      diagnoses.push(found('key-unreadable', saidBy(error)))
      continue
    }
    const role = name.slice(0, name.indexOf('.'))
    const usedFrom = Number(/\.(\d+)T/.exec(name)?.[1] ?? 0)
    keys.set(role, [...(keys.get(role) ?? []), { path, usedFrom, text }])
  }
  for (const [role, files] of keys) {
    // The newest of a kind: older ones may have ended.
    const newest = keyInUse(
      files.toSorted((one, other) => other.usedFrom - one.usedFrom),
      Number.MAX_SAFE_INTEGER,
    )
    if (newest === undefined || !newest.text.includes('BEGIN CERTIFICATE')) continue
    const [pem] = certificatesIn(newest)
    diagnoses.push(...certificateDates(new X509Certificate(pem), role, patient.machine.now()))
  }
  return [
    ...(diagnoses.length === 0
      ? [
          well(
            { en: 'identity', fr: 'identité' },
            { en: `${names.length} keys`, fr: `${names.length} clés` },
          ),
        ]
      : diagnoses),
    ...(await hostKeys(folder, patient)),
  ]
}

/** Against what the journal remembers of the keys that clients have met. */
async function hostKeys(folder: string, patient: Patient): Promise<Diagnosis[]> {
  const view = await patient.journal().catch(() => undefined)
  const rows = await view
    ?.read(`select value from facts where name = 'host-keys'`)
    .catch(() => undefined)
  const memory = readHostKeyMemory(rows?.[0]?.['value'])
  if (memory === undefined) return []
  const present = await hostKeysIn(folder)
  const gone = memory.known.filter((fingerprint) => !present.includes(fingerprint))
  const { changed } = memory
  const isFresh = changed !== undefined && patient.machine.now() - changed.at < CHANGE_TOLD
  const lost = [...gone, ...(isFresh ? changed.lost : [])]
  return lost.length === 0
    ? [well({ en: 'SSH host keys', fr: 'clés d’hôte SSH' }, present.join(', '))]
    : [found('host-key-changed', lost.join(', '))]
}
