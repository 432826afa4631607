import { SaxesParser } from 'saxes'
import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import { checkInvoice } from '../../test/support/check-invoice.ts'
import type { CheckPolicy } from '../../processing/check-invoices.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import type { Suite } from '../bench-context.ts'
import { median, type Measurement } from '../measurement.ts'
import { makeCiiInvoice } from './cii-invoice.ts'

const ROUNDS = 15
const QUICK_ROUNDS = 5
/** Lines read in one sample, so that each takes about as long. */
const LINES_PER_SAMPLE = 30_000
/** Decisions: the time of everything, beside that of parsing alone with saxes. */
const GOAL = 0.8

/** Every document that is measured. */
const DOCUMENTS: readonly {
  readonly format: InvoiceFormatName
  readonly lines: number
  readonly bytes: Buffer
}[] = [10, 1_000].flatMap((lines) => [
  {
    format: 'ubl',
    lines,
    bytes: Buffer.from(
      makeUblInvoice({
        number: 'BENCH-1',
        issueDate: '2026-11-22',
        supplierSiret: '00000000005719',
        recipientSiret: '00000000005734',
        lines,
        pdf: false,
      }),
    ),
  },
  { format: 'cii', lines, bytes: Buffer.from(makeCiiInvoice('BENCH-1', lines)) },
])

/**
 * One core: reading an invoice and judging it by the structure, EN 16931 and Chorus Pro rules, beside
 * saxes that only parses it. The official XSLT in saxon-js is not measured: neither comes with us.
 */
export const measureRuleSpeed: Suite = async (bench) => {
  const rounds = bench.isQuick ? QUICK_ROUNDS : ROUNDS
  const measured = DOCUMENTS.map(({ format, lines, bytes }) => {
    const policy = policyFor(format)
    const invoice = { part: 1, file: 'bench.xml', bytes }
    const { findings } = checkInvoice(invoice, policy)
    const fatal = findings.filter(({ severity }) => severity === 'fatal')
    if (fatal.length > 0) {
      const rules = fatal.map(({ rule }) => rule).join(', ')
      throw new Error(`the ${format} sample of ${lines} lines is refused: ${rules}`)
    }
    const count = Math.max(1, Math.round(LINES_PER_SAMPLE / (lines + 20)))
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = -2; round < rounds; round += 1) {
      const own = perSecond(count, () => checkInvoice(invoice, policy))
      const other = perSecond(count, () => parseOnly(bytes))
      // The first two rounds warm up.
      if (round < 0) continue
      ours.push(own)
      theirs.push(other)
    }
    bench.tell(
      `invoices: ${format}, ${lines} lines, ${bytes.length} bytes: ${Math.round(median(ours))}/s, saxes alone ${Math.round(median(theirs))}/s`,
    )
    return { format, lines, ours, theirs }
  })
  return [
    ...measured.map(({ format, lines, ours, theirs }): Measurement => ({
      id: `invoices.${format}.${lines}`,
      title: `${format.toUpperCase()} invoices of ${lines} lines, all rules, one core`,
      unit: '/s',
      ours,
      reference: { name: 'saxes, parsing alone', samples: theirs },
      target: { ratioAtLeast: 1 / GOAL },
      note: 'official XSLT in saxon-js left out: neither comes with this project',
    })),
    ...(['ubl', 'cii'] as const).map((format): Measurement => {
      const [small, large] = [10, 1_000].map((lines) =>
        measured.find((one) => one.format === format && one.lines === lines),
      )
      const perLine = (one: typeof small, lines: number): number[] =>
        (one?.ours ?? []).map((rate) => 1e6 / rate / lines)
      return {
        id: `invoices.${format}.linear`,
        title: `${format.toUpperCase()}: time of one line, of 1,000 ⇄ of 10 (header included)`,
        unit: 'µs',
        ours: perLine(large, 1_000),
        reference: { name: '10 lines', samples: perLine(small, 10) },
        target: { ratioAtMost: 1 },
      }
    }),
  ]
}

function policyFor(format: InvoiceFormatName): CheckPolicy {
  return {
    ruleSets: ['structure', 'en16931', 'chorus-pro'],
    format,
    settings: {
      environment: 'qualification',
      utf8Only: false,
      family: null,
      requirePdf: false,
      strictFacturX: false,
      unknownRecipient: 'warn',
    },
  }
}

function perSecond(count: number, work: () => unknown): number {
  const start = performance.now()
  for (let done = 0; done < count; done += 1) work()
  return (count * 1_000) / (performance.now() - start)
}

/** As fast as saxes goes: namespaces, no positions, nobody listening. */
function parseOnly(bytes: Buffer): void {
  new SaxesParser({ xmlns: true, position: false }).write(bytes.toString()).close()
}
