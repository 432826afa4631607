import type { BilingualText } from '../../../gateway/flow.ts'
import type { InvoiceTerms } from '../../formats/invoice-terms.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import type { NodeId } from '../../formats/xml/xml-document.ts'
import { MOTIVES, type MotiveCode } from '../../motives.ts'
import { F_CODES, isMixed, type Rule } from '../rule.ts'

/** Limits and extensions: reference chorus-pro-edi §4.4. */
const MAX_BYTES = 10 * 1024 * 1024
const MAX_NAME_CHARACTERS = 50
const EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'BMP GIF FAX ODT PPT TIFF XLS BZ2 GZ JPEG P7S RTF TXT XML CSV GZIP JPG PDF SVG XHTML XLSX ' +
    'DOC HTM ODP PNG TGZ XLC ZIP DOCX HTML ODS PPS TIF XLM PPTX'
  ).split(' '),
)

const MIME_CODE = nameId('mimeCode')
const NOM_PJ = nameId('NomPJ')
const MIME_TYPE_PJ = nameId('MimeTypePJ')
const FILE_NAME = nameId('filename')

/** BT-125. */
interface Attachment {
  readonly node: NodeId
  readonly fileName: string
  readonly mimeCode: string
  /** Once decoded; -1 = the base64 is malformed, which the structure check reports. */
  readonly bytes: number
}

function attachmentsOf(terms: InvoiceTerms): Attachment[] {
  const { document } = terms
  // CPPFactureMixte says both in elements beside the content.
  const beside = (node: NodeId, name: NameId): string =>
    document.trimmed(document.child(document.parent(node), name))
  const isCpp = terms.syntax === 'cpp'
  return terms.everywhere('BT-125').map((node) => ({
    node,
    fileName: isCpp ? beside(node, NOM_PJ) : (document.attribute(node, FILE_NAME) ?? ''),
    mimeCode: isCpp ? beside(node, MIME_TYPE_PJ) : (document.attribute(node, MIME_CODE) ?? ''),
    bytes: document.binaryBytes(node) ?? 0,
  }))
}

const extensionOf = (attachment: Attachment): string =>
  /\.([A-Za-z0-9]+)$/.exec(attachment.fileName.slice(-20))?.[1]?.toUpperCase() ?? ''

interface Row {
  readonly id: string
  readonly code: MotiveCode
  readonly isBroken: (attachment: Attachment) => boolean
  readonly detail: (attachment: Attachment) => BilingualText
}

const ROWS: readonly Row[] = [
  {
    id: 'PJ-001',
    code: 'ERR_PJ_001',
    isBroken: ({ bytes }) => bytes >= MAX_BYTES,
    detail: ({ bytes }) => ({ en: `It has ${bytes} bytes.`, fr: `Elle compte ${bytes} octets.` }),
  },
  {
    // The platform's rule on the length of the name; a name that is missing breaks it too.
    id: 'BR-FR-CPRO-41',
    code: 'ERR_PJ_002',
    isBroken: (attachment) => {
      const { length } = attachment.fileName
      return length === 0 || length > MAX_NAME_CHARACTERS
    },
    detail: (attachment) => ({
      en: `The name has ${attachment.fileName.length} characters.`,
      fr: `Le nom compte ${attachment.fileName.length} caractères.`,
    }),
  },
  {
    id: 'PJ-003',
    code: 'ERR_PJ_003',
    isBroken: ({ bytes }) => bytes === 0,
    detail: () => ({ en: 'No byte is embedded.', fr: 'Aucun octet n’est incorporé.' }),
  },
  {
    id: 'PJ-004',
    code: 'ERR_PJ_004',
    isBroken: (attachment) =>
      attachment.fileName !== '' && !EXTENSIONS.has(extensionOf(attachment)),
    detail: (attachment) => ({
      en: `Extension: ${extensionOf(attachment) || 'none'}.`,
      fr: `Extension : ${extensionOf(attachment) || 'aucune'}.`,
    }),
  },
]

export const ATTACHMENT_RULES: readonly Rule[] = [
  ...ROWS.map((row): Rule => {
    const { message, remedy, platformText } = MOTIVES[row.code]
    return {
      id: row.id,
      sets: ['chorus-pro'],
      severity: 'fatal',
      terms: ['BT-125'],
      code: row.code,
      message,
      remedy,
      platformText,
      check: ({ terms }, report) => {
        for (const attachment of attachmentsOf(terms)) {
          if (row.isBroken(attachment)) {
            report(attachment.node, { detail: row.detail(attachment) })
          }
        }
      },
    }
  }),
  {
    id: 'PJ-PDF',
    sets: ['chorus-pro'],
    severity: 'warning',
    terms: ['BG-24', 'BT-125'],
    code: F_CODES.missing,
    message: {
      en: 'The readable PDF that a mixed invoice carries is not embedded.',
      fr: 'Le PDF lisible que porte une facture mixte n’est pas incorporé.',
    },
    remedy: {
      en: 'Embed the PDF as an attachment (BT-125) with mimeCode application/pdf.',
      fr: 'Incorporez le PDF en pièce jointe (BT-125) avec mimeCode application/pdf.',
    },
    platformText: 'Le fichier PDF lisible est absent ({place}).',
    check: ({ terms, root, settings, isPdf }, report) => {
      if (isPdf || !isMixed(settings)) return
      const hasPdf = attachmentsOf(terms).some(
        (attachment) =>
          attachment.mimeCode === 'application/pdf' || extensionOf(attachment) === 'PDF',
      )
      if (!hasPdf) report(root, settings.requirePdf ? { severity: 'fatal' } : {})
    },
  },
]
