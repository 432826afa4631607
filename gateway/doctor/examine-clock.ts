import { clockDistance } from './clock-distance.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import type { JournalView } from './journal-view.ts'
import type { Patient } from './patient.ts'

const SUBJECT = { en: 'clock', fr: 'horloge' }
const MILLISECONDS = 4_000

/** The clock of this machine, by the journal, its server, and an address that was named. */
export async function examineClock(patient: Patient): Promise<readonly Diagnosis[]> {
  const view = await patient.journal().catch(() => undefined)
  const wrong = [
    ...(view === undefined ? [] : await byJournal(view, patient.machine.now).catch(() => [])),
    ...(patient.timeFrom === undefined ? [] : await byHttp(patient.timeFrom, patient.machine.now)),
  ]
  const now = new Date(patient.machine.now()).toISOString()
  return wrong.length === 0 ? [well(SUBJECT, now)] : wrong
}

async function byJournal(view: JournalView, now: () => number): Promise<Diagnosis[]> {
  if (view.engine === 'postgres') {
    const [row] = await view.read(
      'select extract(epoch from clock_timestamp()) * 1000 as milliseconds',
    )
    return clockDistance('PostgreSQL', Number(row?.['milliseconds']), now())
  }
  // The gateway's own clock may have been moved on purpose: its times tell nothing then.
  const [moved] = await view.read(`select count(*) as count from audit where action like 'clock%'`)
  if (Number(moved?.['count']) > 0) return []
  const [last] = await view.read('select at from flow_events order by id desc limit 1')
  const at = Number(last?.['at'] ?? 0)
  // An event of the past says nothing; one that is yet to come does.
  return at > now() ? clockDistance('the last event of the journal', at, now()) : []
}

async function byHttp(text: string, now: () => number): Promise<Diagnosis[]> {
  const url = URL.parse(text)
  if (url === null) return [found('clock-off', '--time-from: no URL')]
  try {
    const signal = AbortSignal.timeout(MILLISECONDS)
    // A date is told to everybody; `fetch` takes no credentials in an address, and quotes them.
    const place = new URL(url)
    place.username = ''
    place.password = ''
    const response = await fetch(place, { method: 'HEAD', redirect: 'manual', signal })
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(date)) return [found('clock-off', `${url.host}: no Date`)]
    return clockDistance(url.host, date, now())
  } catch (error) {
    return [found('clock-off', `${url.host}: ${saidBy(error)}`)]
  }
}
