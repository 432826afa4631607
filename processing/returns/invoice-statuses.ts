import type { BilingualText, Fidelity } from '../../gateway/flow.ts'

/** Who brings a status about. */
export type StatusActor = 'gateway' | 'recipient' | 'supplier' | 'validator' | 'moe' | 'moa'

interface StatusRow {
  readonly label: BilingualText
  /** Constant of the platform's services; null = it has none. */
  readonly constant: string | null
  /** The supplier has to acknowledge it (reference §10.2). */
  readonly isAcknowledged?: true
}

/**
 * The life cycle of an invoice (*cycle de vie*): every status of `CPPFactureStatuts`, its French
 * label and its constant (reference chorus-pro-edi §10.1).
 */
export const INVOICE_STATUSES = {
  '01': status('Deposited', 'Déposée', 'DEPOSEE'),
  '02': status('On its way to the recipient', 'En cours d’acheminement', 'EN_COURS_ACHEMINEMENT'),
  '03': status(
    'Made available to the recipient',
    'Mise à disposition du destinataire',
    'MISE_A_DISPOSITION',
  ),
  '04': acknowledged(
    'Rejected, routing data wrong',
    'Rejetée, erreur dans les données d’acheminement',
    'A_RECYCLER',
  ),
  '05': acknowledged('Rejected, other motive', 'Rejetée, autre motif', 'REJETEE'),
  '06': acknowledged('Suspended', 'Suspendue', 'SUSPENDUE'),
  '07': status('Service done', 'Service fait', 'SERVICE_FAIT'),
  '08': status('Payment ordered', 'Mandatée / DP validée', 'MANDATEE'),
  '09': status(
    'Made available to the accountant',
    'Mise à disposition du comptable',
    'MISE_A_DISPOSITION_COMPTABLE',
  ),
  '10': status('Booked', 'Comptabilisée', 'COMPTABILISEE'),
  '11': status('In payment', 'Mise en paiement', 'MISE_EN_PAIEMENT'),
  '12': status('Completed, made available', 'Complétée – mise à disposition', 'COMPLETEE'),
  '13': status('Validated by the first validator', 'Validée par le premier valideur', 'VALIDEE_1'),
  '14': status(
    'Refused by the first validator, other motive',
    'Refusée 1er valideur, autre motif',
    'REFUSEE_1',
  ),
  '15': status(
    'First validation out of time',
    'Validation 1 hors délai',
    'ABSENCE_VALIDATION_1_HORS_DELAI',
  ),
  '16': status(
    'Second validation out of time',
    'Validation 2 hors délai',
    'ABSENCE_VALIDATION_2_HORS_DELAI',
  ),
  '17': status(
    'Refused by the second validator, other motive',
    'Refusée 2nd valideur, autre motif',
    'REFUSEE_2',
  ),
  '18': status('Validated by the second validator', 'Validée par le second valideur', 'VALIDEE_2'),
  '19': status(
    'Refused by the project manager, other motive',
    'Refusée par la MOE, autre motif',
    'REFUSEE_MOE',
  ),
  '20': status(
    'Refused by the supplier, other motive',
    'Refusée par le fournisseur, autre motif',
    'REFUSEE_FOURNISSEUR',
  ),
  '21': status('Associated', 'Associée', 'ASSOCIEE'),
  '22': status('Correct, not integrated', 'Conforme – non intégrée', null),
  '23': status(
    'Made available to the first validator',
    'Mise à disposition du premier valideur',
    'A_VALIDER_1',
  ),
  '24': status(
    'Refused by the first validator, wrong routing',
    'Refusée 1er valideur, erreur d’acheminement',
    'ERREUR_FOURNISSEUR_SUR_VALIDEUR',
  ),
  '25': status(
    'Made available to the second validator',
    'Mise à disposition du second valideur',
    'A_VALIDER_2',
  ),
  '26': status(
    'Refused by the second validator, wrong routing',
    'Refusée 2nd valideur, erreur d’acheminement',
    'ERREUR_COTRAITANT_SUR_VALIDEUR',
  ),
  '27': status(
    'Made available to the project manager',
    'Mise à disposition MOE',
    'MISE_A_DISPOSITION_MOE',
  ),
  '28': status(
    'Refused by the project manager, wrong routing',
    'Refusée MOE, erreur d’acheminement',
    'ERREUR_DE_MOE',
  ),
  '29': status(
    'Taken into account by the project manager',
    'Prise en compte MOE',
    'PRISE_EN_COMPTE_MOE',
  ),
  '30': status(
    'Made available to the contracting authority',
    'Mise à disposition MOA',
    'MISE_A_DISPOSITION_MOA',
  ),
  '31': status(
    'Refused by the contracting authority, wrong routing',
    'Refusée MOA, erreur d’acheminement',
    'ERREUR_DE_MOA',
  ),
  '32': status(
    'Refused by the contracting authority, other motive',
    'Refusée MOA, autre motif',
    'REFUSEE_MOA',
  ),
  '33': status(
    'Made available to the supplier',
    'Mise à disposition fournisseur',
    'A_ASSOCIER_FOURNISSEUR',
  ),
  '34': status('To be completed', 'Demande de complément', 'A_COMPLETER'),
  '35': status('Passed on to the contracting authority', 'Transmise à la MOA', 'TRANSMISE_MOA'),
  '36': status(
    'Taken into account by the recipient',
    'Prise en compte par le destinataire',
    'PRISE_EN_COMPTE_DESTINATAIRE',
  ),
  '37': status('Not correct, not integrated', 'Non conforme - non intégrée', 'NON_CONFORME'),
  '38': status(
    'Taken into account by the contracting authority',
    'Prise en compte par la MOA',
    'PRISE_EN_COMPTE_MOA',
  ),
  '39': status('Routed to the contracting authority', 'Acheminée MOA', 'A_ASSOCIER_MOA'),
  '40': status('Routed to the project manager', 'Acheminée MOE', 'A_ASSOCIER_MOE'),
  '41': status('Replaced by A22', 'Remplacée par A22', 'REMPLACEE_PAR_A22'),
} as const satisfies Record<string, StatusRow>

export type InvoiceStatus = keyof typeof INVOICE_STATUSES
export const INVOICE_STATUS_CODES = (Object.keys(INVOICE_STATUSES) as InvoiceStatus[]).toSorted()

function status(en: string, fr: string, constant: string | null): StatusRow {
  return { label: { en, fr }, constant }
}

function acknowledged(en: string, fr: string, constant: string): StatusRow {
  return { label: { en, fr }, constant, isAcknowledged: true }
}

interface MoveRow {
  readonly from: readonly InvoiceStatus[]
  readonly to: readonly InvoiceStatus[]
  readonly by: StatusActor
  readonly fidelity: Fidelity
}

/** The recipient has it, and nothing has been decided. */
const AVAILABLE: readonly InvoiceStatus[] = ['03', '12', '36']

/**
 * Every move there is (reference chorus-pro-edi §10.2). What a recipient reports on the way to the
 * payment it chooses itself, but never goes back. The works of validators, project manager and
 * contracting authority are [simulated]: only their statuses are published.
 */
const MOVE_ROWS: readonly MoveRow[] = [
  move(['01'], ['02'], 'gateway', 'documented'),
  move(['02'], ['03'], 'gateway', 'documented'),
  move(['03', '12'], ['36'], 'recipient', 'simulated'),
  move(AVAILABLE, ['07', '08', '09', '10', '11'], 'recipient', 'documented'),
  move(AVAILABLE, ['04', '05', '06'], 'recipient', 'documented'),
  move(['07'], ['08', '09', '10', '11'], 'recipient', 'documented'),
  move(['08'], ['09', '10', '11'], 'recipient', 'documented'),
  move(['09'], ['10', '11'], 'recipient', 'documented'),
  move(['10'], ['11'], 'recipient', 'documented'),
  move(['04'], ['01'], 'supplier', 'documented'),
  move(['06'], ['12'], 'supplier', 'documented'),
  move(['01'], ['23', '27', '30', '33'], 'gateway', 'simulated'),
  move(['23'], ['13', '14', '24'], 'validator', 'simulated'),
  move(['23'], ['15'], 'gateway', 'simulated'),
  move(['13', '15'], ['25', '02'], 'gateway', 'simulated'),
  move(['25'], ['17', '18', '26'], 'validator', 'simulated'),
  move(['25'], ['16'], 'gateway', 'simulated'),
  move(['16', '18'], ['02'], 'gateway', 'simulated'),
  move(['27'], ['19', '28', '29'], 'moe', 'simulated'),
  move(['29'], ['21', '34', '35'], 'moe', 'simulated'),
  move(['33'], ['20', '21'], 'supplier', 'simulated'),
  move(['21'], ['39', '40', '41'], 'gateway', 'simulated'),
  move(['40'], ['27'], 'gateway', 'simulated'),
  move(['35', '39'], ['30'], 'gateway', 'simulated'),
  move(['30'], ['31', '32', '34', '38'], 'moa', 'simulated'),
  move(['38'], ['02'], 'gateway', 'simulated'),
  move(['34'], ['12'], 'supplier', 'simulated'),
  move(['24', '26', '28', '31'], ['01'], 'supplier', 'simulated'),
]

function move(
  from: readonly InvoiceStatus[],
  to: readonly InvoiceStatus[],
  by: StatusActor,
  fidelity: Fidelity,
): MoveRow {
  return { from, to, by, fidelity }
}

/** A move that is allowed. */
export interface InvoiceMove {
  readonly to: InvoiceStatus
  readonly by: StatusActor
  readonly fidelity: Fidelity
}

const MOVES: ReadonlyMap<InvoiceStatus, readonly InvoiceMove[]> = new Map(
  INVOICE_STATUS_CODES.map((from) => [
    from,
    MOVE_ROWS.filter((row) => row.from.includes(from))
      .flatMap(({ to, by, fidelity }) => to.map((one) => ({ to: one, by, fidelity })))
      .toSorted((one, other) => one.to.localeCompare(other.to)),
  ]),
)

/** Where an invoice may go from a status; nowhere from a final one. */
export function movesFrom(from: InvoiceStatus): readonly InvoiceMove[] {
  return MOVES.get(from) ?? []
}

export function isInvoiceStatus(text: string): text is InvoiceStatus {
  return Object.hasOwn(INVOICE_STATUSES, text)
}
