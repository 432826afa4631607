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
    '## Recipients',
    RECIPIENTS,
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

const RECIPIENTS = `A public recipient that is connected (its connection’s SIRET is that of the invoice, and it subscribed
to the code) is sent the integrated invoices, whatever their format:

- \`FEN9100A\`: CPPFacturePivot V2_01, the file as it came inside.
- \`FEN0105A\`, \`FEN0205A\`: UBL 2.1 that satisfies EN 16931, a document for each invoice (packed as bare XML: a
  flow for each). An invoice that came as such UBL goes as it came. Any other one, and one that was recycled, is
  written anew: every term of the standard that it says, its readable PDF (of Factur-X the whole file), and where the
  standard wants more than a minimal invoice says: country FR, unit C62, a line for each VAT rate, a VAT number made
  of the SIREN, exemption instead of an unnamed category at 0 %, “Non précisées” as payment terms. [simulated]
  Direct debit mandates and payment cards are not carried over.

It sends life-cycle flows back (\`FSO9200A\`, \`FSO0030A\`: CPPStatut; \`FSO0032A\`: AIFE_StatusInfo), and may report on each
flow that it was sent: \`CENnnnnA\` on \`FENnnnnA\`, named like that flow but for the first letter, a CPPStatut. A report
on a flow that was not sent to it is refused at the door (\`RETURN_FLOW_UNKNOWN\`); nothing is reported on a report.
What it does to the invoices of the flow [simulated]:

| report | invoices |
| --- | --- |
| 90, 92, 96 | made available: 03 |
| 91 | on their way: 02 |
| 93, 94, 95 | stay where they are |
| an error line with \`numeroDP=NUMBER\` in its description | that invoice is 04, with the label as comment |
| invoice statuses instead (\`CPPFactureStatuts\`) | as in \`FSO9200A\` |`

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
