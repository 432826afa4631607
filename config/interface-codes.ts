import type { Environment, Fidelity, ProcessingMode } from '../gateway/flow.ts'

/**
 * The catalogue of interface codes: what a code contains, which way it goes, which rules judge it
 * (reference chorus-pro-edi §2, decisions D7). A code not built yet is listed with
 * `available: false` and refuses with its own sentence.
 */
export interface InterfaceCode {
  readonly code: string
  readonly direction: 'in' | 'out'
  /** E1 structured, E2 mixed, E3 justice, E4/E5 works; R report; L life cycle; A directory. */
  readonly family: InvoiceFamily | 'R' | 'L' | 'A' | 'P'
  readonly title: { readonly en: string; readonly fr: string }
  /** The platform's name of the syntax. */
  readonly syntax: string
  readonly format: InvoiceFormatName | 'report' | 'life-cycle' | 'directory' | 'pivot'
  /** An `.xsl` travels in the flow beside the invoices. */
  readonly hasStylesheet: boolean
  readonly modes: readonly ProcessingMode[]
  readonly environments: readonly Environment[]
  readonly ruleSets: readonly RuleSetName[]
  readonly available: boolean
  readonly fidelity: Fidelity
}

/** Families that carry invoices: reference chorus-pro-edi §2.2. */
export type InvoiceFamily = 'E1' | 'E2' | 'E3' | 'E4' | 'E5'
export type InvoiceFormatName = 'ubl' | 'cii' | 'facturx' | 'cpp' | 'pes' | 'xcbl'
/** Sets of rules, in the order in which they are applied. `br-fr` is asked for by name only. */
export const RULE_SET_NAMES = [
  'structure',
  'en16931',
  'chorus-minimal',
  'chorus-pro',
  'directory',
  'br-fr',
] as const
export type RuleSetName = (typeof RULE_SET_NAMES)[number]

const COMPLETE_RULES: readonly RuleSetName[] = ['structure', 'en16931', 'chorus-pro', 'directory']
const MINIMAL_RULES: readonly RuleSetName[] = [
  'structure',
  'chorus-minimal',
  'chorus-pro',
  'directory',
]
const IN_MODES: readonly ProcessingMode[] = ['NONE', 'COMPLETE', 'PARTIAL']
const EVERYWHERE: readonly Environment[] = ['qualification', 'production']

type Row = Omit<InterfaceCode, 'direction' | 'modes' | 'environments'> &
  Partial<Pick<InterfaceCode, 'modes' | 'environments'>>

const inbound = (row: Row): InterfaceCode => ({
  direction: 'in',
  modes: IN_MODES,
  environments: EVERYWHERE,
  ...row,
})
const outbound = (
  row: Omit<Row, 'ruleSets' | 'hasStylesheet' | 'available'> & { available?: boolean },
): InterfaceCode => ({
  direction: 'out',
  modes: IN_MODES,
  environments: EVERYWHERE,
  ruleSets: [],
  hasStylesheet: false,
  available: false,
  ...row,
})

/** Formats whose invoices are read (processing/formats). */
const READ_FORMATS: ReadonlySet<string> = new Set(['ubl', 'cii', 'facturx', 'cpp'])
/** Codes of the CII version before D16B: superseded, not offered any more. */
const WITHDRAWN: ReadonlySet<string> = new Set(['FSO1101A', 'FSO1111A'])

export const INTERFACE_CODES: readonly InterfaceCode[] = [
  inbound({
    code: 'FSO1100A',
    family: 'E1',
    title: { en: 'UBL invoice, structured', fr: 'Facture UBL, structurée' },
    syntax: 'IN_DP_E1_UBL_INVOICE',
    format: 'ubl',
    hasStylesheet: true,
    ruleSets: COMPLETE_RULES,
    available: true,
    fidelity: 'documented',
  }),
  inbound({
    code: 'FSO1110A',
    family: 'E2',
    title: { en: 'UBL invoice, minimal, with PDF', fr: 'Facture UBL minimale, avec PDF' },
    syntax: 'IN_DP_E2_UBL_INVOICE_MIN',
    format: 'ubl',
    hasStylesheet: false,
    ruleSets: MINIMAL_RULES,
    available: true,
    fidelity: 'documented',
  }),
  ...(
    [
      [
        'FSO1101A',
        'E1',
        'IN_DP_E1_CII',
        'cii',
        'seen',
        'CII, older version',
        'CII, version ancienne',
      ],
      ['FSO1102A', 'E1', 'IN_DP_E1_PES_FACTURE', 'pes', 'documented', 'PES Facture', 'PES Facture'],
      [
        'FSO1106A',
        'E1',
        'IN_DP_E1_CII_16B',
        'cii',
        'documented',
        'CII D16B, structured',
        'CII D16B, structurée',
      ],
      [
        'FSO1111A',
        'E2',
        'IN_DP_E2_CII_MIN',
        'cii',
        'seen',
        'CII minimal, older',
        'CII minimale, version ancienne',
      ],
      [
        'FSO1112A',
        'E2',
        'IN_DP_E2_PES_FACTURE_MIN',
        'pes',
        'seen',
        'PES Facture minimal',
        'PES Facture minimale',
      ],
      [
        'FSO1113A',
        'E2',
        'IN_DP_E2_CPP_FACTURE_MIN',
        'cpp',
        'seen',
        'CPP Facture, minimal, with PDF',
        'CPP Facture minimale, avec PDF',
      ],
      [
        'FSO1116A',
        'E2',
        'IN_DP_E2_CII_MIN_16B',
        'cii',
        'documented',
        'CII D16B, minimal, with PDF',
        'CII D16B minimale, avec PDF',
      ],
      ['FSO1117A', 'E2', 'IN_DP_E2_CII_FACTURX', 'facturx', 'documented', 'Factur-X', 'Factur-X'],
      ['FSO9105A', 'E1', 'IN_DP_E1_XCBL', 'xcbl', 'simulated', 'xCBL', 'xCBL'],
      [
        'FSO9300A',
        'E3',
        'IN_DP_E3_UBL_INVOICE',
        'ubl',
        'simulated',
        'Justice costs, UBL',
        'Frais de justice, UBL',
      ],
      [
        'FSO9400A',
        'E4',
        'IN_DP_E4_UBL_INVOICE',
        'ubl',
        'simulated',
        'Works, structured, UBL',
        'Travaux, structurée, UBL',
      ],
      [
        'FSO9406A',
        'E4',
        'IN_DP_E4_CII_16B',
        'cii',
        'simulated',
        'Works, structured, CII D16B',
        'Travaux, structurée, CII D16B',
      ],
      [
        'FSO9513A',
        'E5',
        'IN_DP_E5_CPP_FACTURE_MIN',
        'cpp',
        'simulated',
        'Works, mixed, CPP Facture',
        'Travaux, mixte, CPP Facture',
      ],
      [
        'FSO9517A',
        'E5',
        'IN_DP_E5_CII_FACTURX',
        'facturx',
        'simulated',
        'Works, mixed, Factur-X',
        'Travaux, mixte, Factur-X',
      ],
    ] as const
  ).map(([code, family, syntax, format, fidelity, en, fr]) =>
    inbound({
      code,
      family,
      title: { en, fr },
      syntax,
      format,
      hasStylesheet: family === 'E1' || family === 'E4',
      ruleSets: family === 'E1' || format === 'facturx' ? COMPLETE_RULES : MINIMAL_RULES,
      available: READ_FORMATS.has(format) && !WITHDRAWN.has(code),
      fidelity,
    }),
  ),
  ...(
    [
      ['FSO9200A', 'IN_CDV_CPP_STATUT', 'simulated', 'CPPStatut'],
      ['FSO0030A', 'IN_CDV_FSO_0030A', 'seen', 'CPPStatut'],
      ['FSO0032A', 'IN_CDV_FSO_0032A', 'seen', 'AIFE_StatusInfo'],
    ] as const
  ).map(([code, syntax, fidelity, name]) =>
    inbound({
      code,
      family: 'L',
      title: {
        en: `Invoice life cycle, from a recipient (${name})`,
        fr: `Cycle de vie des factures, d’un destinataire (${name})`,
      },
      syntax,
      format: 'life-cycle',
      hasStylesheet: false,
      ruleSets: [],
      available: true,
      fidelity,
    }),
  ),
  ...['CEN0105A', 'CEN0205A', 'CEN1200A', 'CEN1201A', 'CEN9100A'].map((code) =>
    inbound({
      code,
      family: 'R',
      title: {
        en: `Report of a recipient on F${code.slice(1)}`,
        fr: `Compte rendu d’un destinataire sur F${code.slice(1)}`,
      },
      syntax: 'IN_CRF_CPP_STATUT',
      format: 'report',
      hasStylesheet: false,
      ruleSets: [],
      available: true,
      fidelity: 'simulated',
    }),
  ),
  outbound({
    code: 'CSOxxxxA',
    family: 'R',
    title: { en: 'Integration report', fr: 'Compte rendu d’intégration' },
    syntax: 'OUT_CIR_CPP_STATUT',
    format: 'report',
    available: true,
    fidelity: 'documented',
  }),
  outbound({
    code: 'FEN1200A',
    family: 'L',
    title: { en: 'Invoice life cycle', fr: 'Cycle de vie des factures' },
    syntax: 'OUT_CDV_CPP_STATUT',
    format: 'life-cycle',
    available: true,
    fidelity: 'documented',
  }),
  outbound({
    code: 'FEN1201A',
    family: 'L',
    title: { en: 'Invoice life cycle, CPP V1', fr: 'Cycle de vie des factures, CPP V1' },
    syntax: 'OUT_CDV_AIFE_STATUT',
    format: 'life-cycle',
    available: true,
    fidelity: 'documented',
  }),
  outbound({
    code: 'FAR0037A',
    family: 'A',
    title: { en: 'Directory of public structures', fr: 'Annuaire des structures publiques' },
    syntax: 'OUT_REF_SP_FAR0037',
    format: 'directory',
    available: true,
    fidelity: 'documented',
  }),
  ...(
    [
      ['FEN0105A', 'OUT_DP_FEN105_UBL_INVOICE'],
      ['FEN0205A', 'OUT_DP_FEN205_UBL_INVOICE'],
    ] as const
  ).map(([code, syntax]) =>
    outbound({
      code,
      family: 'P',
      title: {
        en: 'Invoices to a public recipient, UBL',
        fr: 'Factures vers un destinataire public, UBL',
      },
      syntax,
      format: 'ubl',
      available: true,
      fidelity: 'seen',
    }),
  ),
  outbound({
    code: 'FEN9100A',
    family: 'P',
    title: { en: 'Invoices to a public recipient', fr: 'Factures vers un destinataire public' },
    syntax: 'OUT_DP_CPP_FACTURE',
    format: 'pivot',
    available: true,
    fidelity: 'simulated',
  }),
]

const BY_CODE = new Map(INTERFACE_CODES.map((row) => [row.code, row]))

/** What a flow of recipients tells: statuses of invoices, or how a flow of ours arrived. */
export function tellsStatuses({ format }: Pick<InterfaceCode, 'format'>): boolean {
  return format === 'life-cycle' || format === 'report'
}

export function findInterfaceCode(code: string): InterfaceCode | undefined {
  return BY_CODE.get(code)
}
