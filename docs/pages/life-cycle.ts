import { PROFILES } from '../../processing/life-cycle/profiles.ts'
import {
  INVOICE_STATUS_CODES,
  INVOICE_STATUSES,
  movesFrom,
} from '../../processing/returns/invoice-statuses.ts'
import { STATUS_INFO_OF } from '../../processing/returns/status-info-codes.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/life-cycle.md: the graph, what each format tells of it, and the profiles. */
export function lifeCyclePage(): string {
  const statuses = table(
    ['status', 'label', 'constant', '`FEN1201A`', 'final'],
    INVOICE_STATUS_CODES.map((code) => {
      const { label, constant } = INVOICE_STATUSES[code]
      return [
        code,
        `${label.en}<br>_${label.fr}_`,
        constant === null ? '' : `\`${constant}\``,
        STATUS_INFO_OF[code] ?? '',
        movesFrom(code).length === 0 ? 'yes' : '',
      ]
    }),
  )
  const moves = table(
    ['from', 'to', 'by', 'mark'],
    INVOICE_STATUS_CODES.flatMap((from) =>
      movesFrom(from).map(({ to, by, fidelity }) => [from, to, by, fidelity]),
    ),
  )
  const profiles = table(
    ['profile', 'way (shortest to longest wait, seconds)', 'instead'],
    Object.entries(PROFILES).map(([name, profile]) => [
      `\`${name}\``,
      profile.way.map(({ to, after: [min, max] }) => `${to} (${min}–${max})`).join(' → '),
      'suspendsOneIn' in profile
        ? `one in ${profile.suspendsOneIn} is suspended (06)`
        : 'refusesOneIn' in profile
          ? `one in ${profile.refusesOneIn} is refused (05)`
          : '',
    ]),
  )
  const parts = [
    '# Life cycle of invoices',
    GENERATED_MARK,
    INTRODUCTION,
    '## Statuses',
    statuses,
    '## Moves',
    'Every other move is refused, with those that are allowed.',
    moves,
    '## Profiles of recipients',
    PROFILES_TEXT,
    profiles,
    '## A script',
    SCRIPT,
  ]
  return `${parts.join('\n\n')}\n`
}

const INTRODUCTION = `When a flow is decided its invoices get their first status: **01** integrated, **37** refused,
**22** correct in a flow that was refused whole (Complete mode). An invoice of a flow that was refused
before any of them was examined has none.

From then on nothing happens by itself, as on the real qualification platform, until somebody moves
the invoice: \`raccord invoices advance\`, the API (\`POST /api/v1/invoices/moves\`), a script, a
profile, or a recipient’s own life-cycle flow. A supplier recycles (04 → 01), completes (06 → 12) and
acknowledges (04, 05, 06) with \`raccord invoices recycle | complete | acknowledge\`.

Connections that subscribed get each status once, in \`FEN1200A\` (CPPStatut) and \`FEN1201A\`
(AIFE_StatusInfo), batched by \`lifeCycle.batchSeconds\` and \`lifeCycle.batchStatuses\`. Statuses
without a counterpart are not in \`FEN1201A\`; an invoice that names no number, no supplier or no
recipient by 14 characters is in neither: its report has named it.`

const PROFILES_TEXT = `\`lifeCycle.profile\` makes every recipient behave so by itself; \`raccord invoices advance
--profile\` gives some invoices the plan of one. The same seed and invoice, the same behaviour. Times
are business time. [simulated]`

const SCRIPT = `\`raccord invoices advance --script FILE.yaml\`:

\`\`\`yaml
where: { status: '01', recipient: '00000000005734' }
steps:
  - { to: '02', after: 2s }
  - { to: '03', after: 10s }
  - { to: '06', after: 1m, comment: 'Bon de livraison manquant' }
\`\`\``
