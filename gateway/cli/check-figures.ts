import type { BilingualText } from '../flow.ts'
import type { VitalsDocument } from '../api/partners.ts'

/** One figure that `raccord check` holds against two thresholds. */
export interface CheckFigure {
  /** Its option, and its label in the performance data. */
  readonly name: string
  /** Of the performance data: `s`, `%`, or nothing for a count. */
  readonly unit: 's' | '%' | ''
  /** From where on it is bad: at or above, or at or below. */
  readonly isBadWhen: 'high' | 'low'
  readonly warning: number
  readonly critical: number
  readonly meaning: BilingualText
  /** Undefined = there is nothing to hold against the thresholds. */
  readonly value: (vitals: VitalsDocument) => number | undefined
}

/** What is checked, with the thresholds unless others are given. */
export const CHECK_FIGURES: readonly CheckFigure[] = [
  {
    name: 'queue-age',
    unit: 's',
    isBadWhen: 'high',
    warning: 300,
    critical: 1_800,
    meaning: {
      en: 'seconds since the oldest undecided flow was received',
      fr: 'secondes depuis la réception du plus ancien flux non décidé',
    },
    value: ({ queue }) => queue.oldestSeconds,
  },
  {
    name: 'disk-free',
    unit: '',
    isBadWhen: 'low',
    warning: 5,
    critical: 1,
    meaning: {
      en: 'GiB free where flows land',
      fr: 'Gio libres là où les flux arrivent',
    },
    value: ({ disk }) => Math.floor(disk.freeBytes / 1024 ** 3),
  },
  {
    name: 'certificate-days',
    unit: '',
    isBadWhen: 'low',
    warning: 30,
    critical: 7,
    meaning: {
      en: 'days until the first certificate of an active partner ends',
      fr: 'jours avant la fin du premier certificat d’un partenaire actif',
    },
    value: ({ certificates }) => certificates.soonestDays ?? undefined,
  },
  {
    name: 'delivery-failing',
    unit: '',
    isBadWhen: 'high',
    warning: 1,
    critical: 5,
    meaning: {
      en: 'partners to whom a delivery failed within a day',
      fr: 'partenaires à qui une remise a échoué depuis un jour',
    },
    value: ({ delivery }) => delivery.failingPartners,
  },
  {
    name: 'rejection-rate',
    unit: '%',
    isBadWhen: 'high',
    warning: 25,
    critical: 50,
    meaning: {
      en: 'per cent of the flows of the last hour that were refused, whole or in part',
      fr: 'pour cent des flux de la dernière heure refusés, en tout ou partie',
    },
    value: ({ rejections }) => (rejections.flows === 0 ? undefined : rejections.percent),
  },
  {
    name: 'alerts',
    unit: '',
    isBadWhen: 'high',
    warning: 1,
    critical: 100,
    meaning: {
      en: 'open alerts that nobody has acknowledged or silenced',
      fr: 'alertes ouvertes, ni prises en charge ni en sourdine',
    },
    value: ({ alerts }) => alerts.unattended,
  },
  {
    name: 'alerts-critical',
    unit: '',
    isBadWhen: 'high',
    warning: 1,
    critical: 1,
    meaning: {
      en: 'critical ones of them',
      fr: 'dont critiques',
    },
    value: ({ alerts }) => alerts.critical,
  },
]

export type CheckVerdict = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN'

/** A figure with its value and what to make of it. */
export interface CheckedFigure extends Pick<
  CheckFigure,
  'name' | 'unit' | 'isBadWhen' | 'warning' | 'critical' | 'meaning'
> {
  readonly value: number
  readonly verdict: CheckVerdict
}

/** Every figure that has a value, in the order of the table. */
export function checkFigures(
  figures: readonly CheckFigure[],
  vitals: VitalsDocument,
): readonly CheckedFigure[] {
  return figures.flatMap(({ value: valueOf, ...figure }) => {
    const value = valueOf(vitals)
    if (value === undefined) return []
    const isPast = (threshold: number): boolean =>
      figure.isBadWhen === 'high' ? value >= threshold : value <= threshold
    const verdict = isPast(figure.critical) ? 'CRITICAL' : isPast(figure.warning) ? 'WARNING' : 'OK'
    return [{ ...figure, value, verdict }]
  })
}

/** `name=value;warning;critical` of each figure, as the guidelines of Nagios plugins have it. */
export function performanceData(figures: readonly CheckedFigure[]): string {
  return figures
    .map(({ name, value, unit, isBadWhen, warning, critical }) => {
      // Plugins alert outside of a range: `9:` is below 9, `4` is above 4.
      const range = (at: number): string => (isBadWhen === 'low' ? `${at + 1}:` : String(at - 1))
      return `${name}=${value}${unit};${range(warning)};${range(critical)}`
    })
    .join(' ')
}
