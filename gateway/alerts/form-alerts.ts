import {
  partnerName,
  reached,
  severityOf,
  shownTime,
  type AlertGround,
  type AlertReading,
} from './alert-reading.ts'

const HOUR = 3_600_000

/** Forms that were submitted and that nobody has activated or refused (decisions F3). */
export async function waitingForms({
  journal,
  now,
  settings,
  environment,
}: AlertGround): Promise<readonly AlertReading[]> {
  const thresholds = settings.formHours
  const rows = await journal.read(
    journal.db
      .selectFrom('connections')
      .select(['id', 'application_code', 'name', 'updated_at'])
      .where('state', 'in', ['SENT', 'SENT_UPDATED'])
      .where('environment', '=', environment)
      .where('updated_at', '<=', now - Math.min(...thresholds) * HOUR),
  )
  return rows.map((row) => {
    const level = reached((now - row.updated_at) / HOUR, thresholds)
    const who = partnerName({ applicationCode: row.application_code, name: row.name })
    return {
      rule: 'form-waiting',
      subject: row.id,
      connectionId: row.id,
      level,
      severity: severityOf(level, thresholds),
      facts: { partner: row.application_code, sentAt: new Date(row.updated_at).toISOString() },
      text: {
        title: {
          en: `The form of ${who} waits to be decided`,
          fr: `Le formulaire de ${who} attend une décision`,
        },
        cause: {
          en: `It was submitted on ${shownTime(row.updated_at)} and is neither activated nor refused.`,
          fr: `Il a été soumis le ${shownTime(row.updated_at)} et n’est ni activé ni refusé.`,
        },
        remedy: {
          en: `raccord connection show ${row.application_code}, then activate or refuse it.`,
          fr: `raccord connection show ${row.application_code}, puis activez-le ou refusez-le.`,
        },
      },
    }
  })
}
