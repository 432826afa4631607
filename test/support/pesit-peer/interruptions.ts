import { setTimeout as delay } from 'node:timers/promises'
import { diagnosticOf, piNumber } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { diagnostic, number, octets } from './parameters.ts'
import { PesitPeerError } from './peer-error.ts'
import type { PesitLink } from './pesit-link.ts'

/** What a side does on its own in the middle of the data, once, when it has moved so many bytes. */
export type TransferAction = {
  /** Content of DTFs, sent or received; `end` = once DTF.END is sent or received. */
  readonly afterDataBytes: number | 'end'
} & (
  | {
      readonly do: 'interrupt'
      /** `2/216` */
      readonly diagnostic: string
      /** PI 19: 4 error, 8 suspension, 12 by the server, 16 by the requester. */
      readonly endCode: 4 | 8 | 12 | 16
    }
  | { readonly do: 'resync'; readonly diagnostic: string; readonly point: number }
  | { readonly do: 'abort'; readonly diagnostic: string; readonly text?: string }
  | { readonly do: 'cut' }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'raw'; readonly bytes: Buffer }
)

/** The actions of one transfer, each done once. */
export class TransferActions {
  readonly #left: TransferAction[]
  readonly #link: PesitLink

  constructor(link: PesitLink, actions: readonly TransferAction[] = []) {
    this.#link = link
    this.#left = [...actions]
  }

  /**
   * Does what is due.
   *
   * @returns the point to take the data up from again, after a resynchronisation
   * @throws PesitPeerError when the transfer or the connection is over by it
   */
  async doDue(dataBytes: number | 'end'): Promise<number | undefined> {
    const isDue = ({ afterDataBytes }: TransferAction): boolean =>
      afterDataBytes === 'end' || dataBytes === 'end'
        ? afterDataBytes === dataBytes
        : dataBytes >= afterDataBytes
    const due = this.#left.findIndex(isDue)
    if (due === -1) return undefined
    const [action] = this.#left.splice(due, 1)
    const point = action === undefined ? undefined : await this.#do(action)
    return point ?? this.doDue(dataBytes)
  }

  async #do(action: TransferAction): Promise<number | undefined> {
    const link = this.#link
    switch (action.do) {
      case 'interrupt':
        return interrupt(link, action.diagnostic, action.endCode)
      case 'resync':
        return resynchronise(link, action.diagnostic, action.point)
      case 'abort':
        await link.sendAbort(action.diagnostic, action.text)
        throw new PesitPeerError('closed', 'we aborted, as told', {
          diagnostic: action.diagnostic,
          link,
        })
      case 'cut':
        link.cut()
        throw new PesitPeerError('closed', 'we cut the connection, as told', { link })
      case 'wait':
        await delay(action.milliseconds)
        return undefined
      case 'raw':
        await link.sendRaw(action.bytes)
        return undefined
    }
  }
}

/** IDT, and what may cross it (reference §9.3). @throws PesitPeerError `interrupted` once acknowledged */
async function interrupt(link: PesitLink, printed: string, endCode: number): Promise<never> {
  await link.send('IDT', [diagnostic(printed), octets(19, endCode)])
  for (;;) {
    const fpdu = await link.take()
    // Both sent one: the requester's wins, so only a server answers the other's.
    if (fpdu.name === 'IDT' && !link.isRequester) return acknowledgeInterruption(link, fpdu)
    if (fpdu.name === 'ACK(IDT)')
      throw new PesitPeerError('interrupted', 'we interrupted the transfer, as told', {
        diagnostic: printed,
        fpdu,
        link,
      })
  }
}

/** ACK(IDT). @throws PesitPeerError `interrupted` always: the transfer is over */
export async function acknowledgeInterruption(link: PesitLink, idt: Fpdu): Promise<never> {
  await link.send('ACK(IDT)')
  throw new PesitPeerError(
    'interrupted',
    `the peer interrupted the transfer: ${diagnosticOf(idt)}, end code ${piNumber(idt, 19)}`,
    { diagnostic: diagnosticOf(idt), fpdu: idt, link },
  )
}

/** RESYN, and what may cross it. @returns the point both sides take the data up from */
export async function resynchronise(
  link: PesitLink,
  printed: string,
  point: number,
): Promise<number> {
  await link.send('RESYN', [diagnostic(printed), number(18, point)])
  for (;;) {
    const fpdu = await link.take()
    if (fpdu.name === 'IDT') return acknowledgeInterruption(link, fpdu)
    if (fpdu.name === 'RESYN' && !link.isRequester) {
      const theirs = piNumber(fpdu, 18) ?? 0
      await link.send('ACK(RESYN)', [number(18, theirs)])
      return theirs
    }
    if (fpdu.name === 'ACK(RESYN)') {
      const agreed = piNumber(fpdu, 18) ?? 0
      if (agreed !== 0 && agreed < point)
        link.violations.push(`ACK(RESYN) at point ${agreed}, ${point} was asked for`)
      return agreed
    }
  }
}
