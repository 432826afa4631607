import { diagnostic } from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import { PesitRefusal, refusalOf } from './pesit-refusal.ts'
import type { Said } from './requester-dialogue.ts'
import type { RequesterLink } from './requester-link.ts'

const IN_ORDER = { diagnostic: diagnostic('0/000') }

/**
 * CRF and DESELECT, as far as the file is open; no answer of theirs changes what became of the
 * transfer, nor does a line that ends now.
 */
export async function endTransfer(link: RequesterLink): Promise<void> {
  try {
    if (link.line.session.state === 'OF02') await link.tell('CRF', IN_ORDER)
    if (link.line.session.state === 'SF03') await link.tell('DESELECT', IN_ORDER)
  } catch (error) {
    if (!(error instanceof PesitRefusal)) throw error
  }
}

/**
 * We cannot go on: IDT, and wait for its answer.
 * @throws PesitRefusal always
 */
export async function interrupt(
  link: RequesterLink,
  reason: DiagnosticName,
  message: string,
  cause?: unknown,
): Promise<never> {
  const said = { diagnostic: diagnostic(reason), endCode: 4 }
  if (link.line.wish('IDT', said)) await answerToInterruption(link)
  const failure = reason === '2/213' ? 'local' : 'refused'
  throw new PesitRefusal(failure, message, { diagnostic: diagnostic(reason), cause })
}

/** Anything may come before ACK(IDT); an IDT of the server that crosses ours is for the machine. */
async function answerToInterruption(link: RequesterLink): Promise<void> {
  while (link.line.session.state.endsWith('5')) {
    const { name } = await link.dialogue.next()
    if (name === 'ACK(IDT)') return
  }
}

/** What came in place of the end of the transfer. IDT of the server is acknowledged. */
export function wasInterrupted(
  link: RequesterLink,
  said: Said,
  signal: AbortSignal | undefined,
): PesitRefusal {
  if (said.name === 'IDT') {
    link.line.wish('ACK(IDT)', {})
    return refusalOf('IDT', said.values)
  }
  const fault = link.lastFault
  if (said.name === 'ACK(IDT)' && signal?.aborted === true) {
    return new PesitRefusal('cancelled', 'The transfer was interrupted by us.', {
      diagnostic: diagnostic('2/216'),
      fpdu: 'IDT',
    })
  }
  if (fault !== undefined) {
    return new PesitRefusal('refused', fault.reason, {
      diagnostic: diagnostic(fault.diagnostic),
      fpdu: 'IDT',
    })
  }
  return new PesitRefusal('refused', `${said.name} in place of the end of the transfer`)
}
