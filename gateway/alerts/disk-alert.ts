import type { AlertSettings } from '../../config/alert-settings.ts'
import { fallenTo, severityOf, type AlertReading } from './alert-reading.ts'

const GIB = 1024 ** 3

/** What a process says of its own disk, by the name of its data folder. */
export const diskSubject = (holder: string): string => `disk:${holder}`

/** Each process looks at its own disk: no other one sees it. */
export function lowDisk(
  own: {
    readonly holder: string
    /** What people know it by: machine and folder. */
    readonly place: string
    readonly freeBytes: number
  },
  { diskFreeGib }: Pick<AlertSettings, 'diskFreeGib'>,
): readonly AlertReading[] {
  const { holder, place, freeBytes } = own
  const level = fallenTo(freeBytes / GIB, diskFreeGib)
  if (level === 0) return []
  const limit = diskFreeGib[level - 1]!
  return [
    {
      rule: 'disk-low',
      subject: diskSubject(holder),
      connectionId: null,
      level,
      severity: severityOf(level, diskFreeGib),
      facts: { place, limitGib: limit },
      text: {
        title: {
          en: `Under ${limit} GiB are free on the disk of ${place}`,
          fr: `Moins de ${limit} Gio libres sur le disque de ${place}`,
        },
        cause: {
          en: 'Below `limits.minFreeDiskBytes` transfers are refused.',
          fr: 'Sous `limits.minFreeDiskBytes` les transferts sont refusés.',
        },
        remedy: {
          en: 'Make room or give the disk more; see what is kept how long (docs/operations.md).',
          fr: 'Libérez de la place ou agrandissez le disque ; voyez ce qui est gardé et combien de temps (docs/operations.md).',
        },
      },
    },
  ]
}
