import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { BilingualText } from '../../gateway/flow.ts'
import { SendingError } from '../sending.ts'
import { callingTerms } from './calling-terms.ts'
import type { CalledPartner } from './calling-terms.ts'
import { diagnostic, diagnosticRow, diagnosticText } from './diagnostics.ts'
import { PesitRefusal } from './pesit-refusal.ts'
import { RequesterLink } from './requester-link.ts'

/** What a partner's server makes of CONNECT and RELEASE. */
export type ProbeAnswer =
  | { readonly kind: 'answered'; readonly sync: string }
  /** ACONNECT came, and then no RELCONF. */
  | { readonly kind: 'no-goodbye'; readonly why: string }
  | {
      readonly kind: 'refused'
      /** `3/304`. */
      readonly diagnostic: string
      readonly cause: BilingualText
      readonly remedy: BilingualText
      /** PI 99 or PI 29 of the server, quoted; may be empty. */
      readonly text: string
    }
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-spoken'; readonly why: string }

const NO_CAUSE: BilingualText = { en: '', fr: '' }
const NO_REMEDY: BilingualText = {
  en: 'The log of the server says why.',
  fr: 'Le journal du serveur dit pourquoi.',
}

/**
 * Says CONNECT as a return flow would, then RELEASE, over a socket whose server is judged already;
 * the socket is ended. Never throws.
 */
export async function tryConnect(
  socket: Socket,
  order: {
    readonly settings: PesitSettings
    readonly partner: CalledPartner
    /** For each answer. */
    readonly seconds: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<{ readonly answer: ProbeAnswer; readonly requester: string; readonly server: string }> {
  const terms = callingTerms(order.settings, order.partner)
  const names = { requester: terms.requesterId, server: terms.serverId }
  try {
    const link = await RequesterLink.over(
      { socket, isTls: socket instanceof TLSSocket, isResumed: false },
      {
        ...terms,
        access: 'write',
        answerSeconds: order.seconds,
        ...(order.signal === undefined ? {} : { signal: order.signal }),
      },
    )
    return { ...names, answer: await release(link) }
  } catch (error) {
    return { ...names, answer: answerOf(error) }
  } finally {
    socket.destroy()
  }
}

async function release(link: RequesterLink): Promise<ProbeAnswer> {
  const { intervalKib = 0, window = 0 } = link.line.session.terms?.sync ?? {}
  try {
    await link.tell('RELEASE', { diagnostic: diagnostic('0/000') })
    return { kind: 'answered', sync: intervalKib === 0 ? '–' : `${intervalKib} KiB, ${window}` }
  } catch (error) {
    return { kind: 'no-goodbye', why: error instanceof Error ? error.message : String(error) }
  } finally {
    link.line.close('probed')
  }
}

function answerOf(error: unknown): ProbeAnswer {
  if (error instanceof SendingError && error.failure === 'timed-out') return { kind: 'silent' }
  const why = error instanceof Error ? error.message : String(error)
  const isOfServer = error instanceof PesitRefusal && error.fpdu !== undefined
  if (!isOfServer || error.diagnostic === undefined) return { kind: 'not-spoken', why }
  const row = diagnosticRow(error.diagnostic)
  return {
    kind: 'refused',
    diagnostic: diagnosticText(error.diagnostic),
    cause: row?.cause ?? NO_CAUSE,
    remedy: row?.remedy ?? NO_REMEDY,
    text: error.text === undefined ? '' : `« ${error.text} »`,
  }
}
