import { shownTime, type AlertGround, type AlertReading } from './alert-reading.ts'

/** Fact: when the last backup was taken, milliseconds UTC; `raccord backup` writes it. */
export const LAST_BACKUP = 'backup-last'

const DAY = 86_400_000
/** Unless set: a backup a week, and a day to make it. */
const USUAL_DAYS = 8

/** No backup was made for too long; where none ever was, only if days are set. */
export async function oldBackup({
  journal,
  now,
  settings,
}: AlertGround): Promise<readonly AlertReading[]> {
  const [fact] = await journal.read(
    journal.db.selectFrom('facts').select('value').where('name', '=', LAST_BACKUP),
  )
  const takenAt = fact === undefined ? undefined : Number(fact.value)
  const days = settings.backupDays || USUAL_DAYS
  const isOld = takenAt === undefined ? settings.backupDays > 0 : now - takenAt >= days * DAY
  if (!isOld) return []
  return [
    {
      rule: 'backup-old',
      subject: 'gateway',
      connectionId: null,
      level: 1,
      severity: 'warning',
      facts: { takenAt: takenAt === undefined ? null : new Date(takenAt).toISOString(), days },
      text: {
        title:
          takenAt === undefined
            ? { en: 'No backup was ever made', fr: 'Aucune sauvegarde n’a jamais été faite' }
            : {
                en: `The last backup is of ${shownTime(takenAt)}`,
                fr: `La dernière sauvegarde est du ${shownTime(takenAt)}`,
              },
        cause: {
          en: `One is expected every ${days} days (\`alerts.backupDays\`).`,
          fr: `Il en faut une tous les ${days} jours (\`alerts.backupDays\`).`,
        },
        remedy: {
          en: 'raccord backup PLACE, and see why the one that is planned did not run (docs/backup.md).',
          fr: 'raccord backup PLACE, et voyez pourquoi celle qui est planifiée n’a pas eu lieu (docs/backup.md).',
        },
      },
    },
  ]
}
