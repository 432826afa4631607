import { setImmediate as nextTurn } from 'node:timers/promises'
import { pdfString, wrapText } from './pdf-text.ts'

/** A paragraph, in Helvetica. */
export interface Paragraph {
  readonly text: string
  /** In points; 9 unless said. */
  readonly size?: number
  readonly isBold?: boolean
  /** From the left edge of the text, in points. */
  readonly indent?: number
  /** Blank space before it, in points. */
  readonly space?: number
}

export interface PdfDocument {
  readonly title: string
  readonly language: 'fr' | 'en'
  /** At the foot of each page, before its number. */
  readonly footer: string
  readonly paragraphs: AsyncIterable<Paragraph>
}

/** A4, in points (1/72 inch). */
const PAGE = { width: 595, height: 842, margin: 50 } as const
const TEXT_WIDTH = PAGE.width - 2 * PAGE.margin
const BOTTOM = PAGE.margin + 20
const SIZE = 9
const LEADING = 1.35
/** Objects before the first page: catalog, pages, two fonts, information. */
const FIRST_PAGE_OBJECT = 6

/**
 * A PDF 1.7 of plain text (ISO 32000-1), written as it is made, a page at a time: the event loop
 * turns between two pages, and nothing but the offsets of what was written is held.
 */
export async function* writePdf(document: PdfDocument): AsyncGenerator<Buffer> {
  const file = new PdfFile(document)
  yield file.begin()
  for await (const paragraph of document.paragraphs) {
    for (const page of file.add(paragraph)) {
      yield page
      await nextTurn()
    }
  }
  yield file.end()
}

class PdfFile {
  readonly #document: PdfDocument
  /** By object number, from 1. */
  readonly #offsets: number[] = []
  readonly #pages: number[] = []
  #written = 0
  #next = FIRST_PAGE_OBJECT
  #content: string[] = []
  #y: number = PAGE.height - PAGE.margin

  constructor(document: PdfDocument) {
    this.#document = document
  }

  begin(): Buffer {
    const { title } = this.#document
    return Buffer.concat([
      this.#write('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n'),
      this.#object(3, font('Helvetica')),
      this.#object(4, font('Helvetica-Bold')),
      this.#object(5, `<< /Title ${pdfString(title)} /Producer (Raccord) >>`),
    ])
  }

  /** @returns the pages that are full by now */
  add(paragraph: Paragraph): Buffer[] {
    const { size = SIZE, isBold = false, indent = 0, space = 0 } = paragraph
    const full: Buffer[] = []
    this.#y -= space
    for (const line of wrapText(paragraph.text, { size, isBold }, TEXT_WIDTH - indent)) {
      if (this.#y - size * LEADING < BOTTOM) full.push(this.#endPage())
      this.#y -= size * LEADING
      this.#content.push(this.#textAt(line, { x: PAGE.margin + indent, y: this.#y, size, isBold }))
    }
    return full
  }

  end(): Buffer {
    const pieces: Buffer[] = []
    if (this.#content.length > 0 || this.#pages.length === 0) pieces.push(this.#endPage())
    const kids = this.#pages.map((page) => `${page} 0 R`).join(' ')
    const { language } = this.#document
    pieces.push(
      this.#object(
        1,
        `<< /Type /Catalog /Pages 2 0 R /Lang (${language}) /ViewerPreferences << /DisplayDocTitle true >> >>`,
      ),
      this.#object(2, `<< /Type /Pages /Kids [${kids}] /Count ${this.#pages.length} >>`),
    )
    const start = this.#written
    const size = this.#next
    const entries = this.#offsets
      .slice(1, size)
      .map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
    pieces.push(
      this.#write(
        `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}` +
          `trailer\n<< /Size ${size} /Root 1 0 R /Info 5 0 R >>\nstartxref\n${start}\n%%EOF\n`,
      ),
    )
    return Buffer.concat(pieces)
  }

  #endPage(): Buffer {
    const number = this.#pages.length + 1
    const foot = `${this.#document.footer}  ·  ${number}`
    const at = { x: PAGE.margin, y: PAGE.margin, size: 7, isBold: false }
    const content = [...this.#content, this.#textAt(foot, at)].join('')
    const page = this.#next
    this.#next += 2
    this.#pages.push(page)
    this.#content = []
    this.#y = PAGE.height - PAGE.margin
    return Buffer.concat([
      this.#object(
        page,
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] ` +
          `/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents ${page + 1} 0 R >>`,
      ),
      this.#object(page + 1, `<< /Length ${content.length} >>\nstream\n${content}\nendstream`),
    ])
  }

  #textAt(
    text: string,
    place: {
      readonly x: number
      readonly y: number
      readonly size: number
      readonly isBold: boolean
    },
  ): string {
    const { x, y, size, isBold } = place
    return `BT /${isBold ? 'F2' : 'F1'} ${size} Tf ${x} ${y.toFixed(1)} Td ${pdfString(text)} Tj ET\n`
  }

  #object(number: number, body: string): Buffer {
    this.#offsets[number] = this.#written
    return this.#write(`${number} 0 obj\n${body}\nendobj\n`)
  }

  #write(text: string): Buffer {
    const bytes = Buffer.from(text, 'latin1')
    this.#written += bytes.length
    return bytes
  }
}

const font = (name: string): string =>
  `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`
