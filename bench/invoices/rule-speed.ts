import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { checkInvoice } from '../../test/support/check-invoice.ts'
import type { Suite } from '../bench-context.ts'
import { median, type Measurement } from '../measurement.ts'
import { DOCUMENTS, documentsPerSample, perSecond, policyFor } from './judged-documents.ts'
import { parseOnly } from './parse-only.ts'

const ROUNDS = 15
const QUICK_ROUNDS = 5
/** Decisions: the time of everything, beside that of parsing alone with saxes. */
const GOAL = 0.8

/**
 * One core: reading an invoice and judging it by the structure, EN 16931 and Chorus Pro rules, beside
 * saxes that only parses it.
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
    const count = documentsPerSample(lines)
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
  const apart: Measurement[] = []
  for (const [index, { format, lines }] of DOCUMENTS.entries()) {
    const { ours, theirs } = await measureApart(index, rounds)
    apart.push({
      id: `invoices.${format}.${lines}.apart`,
      title: `${format.toUpperCase()} invoices of ${lines} lines, each of the two in a process of its own`,
      unit: '/s',
      ours,
      reference: { name: 'saxes, parsing alone', samples: theirs },
      target: { ratioAtLeast: 1 / GOAL },
    })
  }
  return [
    ...measured.map(({ format, lines, ours, theirs }): Measurement => ({
      id: `invoices.${format}.${lines}`,
      title: `${format.toUpperCase()} invoices of ${lines} lines, all rules, one core, both in one process`,
      unit: '/s',
      ours,
      reference: { name: 'saxes, parsing alone', samples: theirs },
      target: { ratioAtLeast: 1 / GOAL },
    })),
    ...apart,
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

/** By turns too, each in a process that never ran the other. */
async function measureApart(
  index: number,
  rounds: number,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const [own, other] = [startChild('ours', index), startChild('saxes', index)]
  try {
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = -2; round < rounds; round += 1) {
      const [ownRate, otherRate] = [await sampleOf(own), await sampleOf(other)]
      if (round < 0) continue
      ours.push(ownRate)
      theirs.push(otherRate)
    }
    return { ours, theirs }
  } finally {
    own.kill()
    other.kill()
  }
}

const CHILD = fileURLToPath(new URL('./speed-child.ts', import.meta.url))

function startChild(which: 'ours' | 'saxes', index: number): ChildProcess {
  return fork(CHILD, [which, `${index}`])
}

async function sampleOf(child: ChildProcess): Promise<number> {
  const failed = once(child, 'exit').then(() => {
    throw new Error('A process that measures has ended.')
  })
  child.send('next')
  const [rate] = (await Promise.race([once(child, 'message'), failed])) as [number]
  return rate
}
