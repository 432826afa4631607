import { checkInvoice } from '../../test/support/check-invoice.ts'
import type { Suite } from '../bench-context.ts'
import { median, type Measurement } from '../measurement.ts'
import { scratchFolder } from '../scratch.ts'
import { DOCUMENTS, perSecond, policyFor } from './judged-documents.ts'
import { fetchOfficialArtefact } from './official-artefact.ts'

/** Small ones; of large ones saxon-js judges one in seconds. */
const ROUNDS = 7
const QUICK_ROUNDS = 3
const LARGE_LINES = 1_000
const MILLISECONDS_PER_SAMPLE = 700
/** Issue 5: a hundred times faster than the official artefact in saxon-js. */
const GOAL = 100

/**
 * One core: our structure, EN 16931 and Chorus Pro rules beside the official EN 16931 artefact alone,
 * compiled, in saxon-js. Left out, and said so, where the artefact or saxon-js cannot be had.
 */
export const measureBesideSaxon: Suite = async (bench) => {
  const scratch = scratchFolder()
  const measurements: Measurement[] = []
  try {
    for (const { format, lines, bytes } of DOCUMENTS) {
      const isLarge = lines >= LARGE_LINES
      if (isLarge && bench.isQuick) continue
      const rounds = isLarge ? 1 : bench.isQuick ? QUICK_ROUNDS : ROUNDS
      bench.tell(`saxon: official ${format} artefact is fetched and compiled`)
      const official = await fetchOfficialArtefact(scratch.path, format)
      const text = bytes.toString()
      const broken = official.judge(text)
      if (broken.length > 0) throw new Error(`the ${format} sample breaks ${broken.join(', ')}`)
      const invoice = { part: 1, file: 'bench.xml', bytes }
      const policy = policyFor(format)
      const ours: number[] = []
      const theirs: number[] = []
      for (let round = isLarge ? 0 : -2; round < rounds; round += 1) {
        const own = sample(() => checkInvoice(invoice, policy))
        const other = sample(() => official.judge(text))
        // The first two rounds warm up.
        if (round < 0) continue
        ours.push(own)
        theirs.push(other)
      }
      bench.tell(
        `saxon: ${format}, ${lines} lines: ${median(ours).toFixed(0)}/s, official artefact ${median(theirs).toFixed(1)}/s`,
      )
      measurements.push({
        id: `invoices.saxon.${format}.${lines}`,
        title: `${format.toUpperCase()} invoices of ${lines} lines, all rules, one core`,
        unit: '/s',
        ours,
        reference: { name: `saxon-js, official EN 16931 ${official.version}`, samples: theirs },
        target: { ratioAtLeast: GOAL },
      })
    }
  } catch (error) {
    const fault = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    bench.tell(`saxon: LEFT OUT, the official artefact or saxon-js cannot be had here: ${fault}`)
  } finally {
    scratch.remove()
  }
  return measurements
}

function sample(work: () => unknown): number {
  const count = Math.ceil((perSecond(1, work) * MILLISECONDS_PER_SAMPLE) / 1_000)
  return perSecond(Math.max(1, count), work)
}
