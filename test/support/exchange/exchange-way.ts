import type { ProcessingMode } from '../../../gateway/flow.ts'
import type { Gateway } from '../../../gateway/main.ts'

/** A partner of a running gateway, with a client that shares no code with it. */
export interface ExchangePartner {
  readonly applicationCode: string
  /** @throws Error with what the client said */
  put(name: string, content: Uint8Array): Promise<void>
  /** Sends, and gives what the client said of it. */
  tell(name: string, content: Uint8Array): Promise<string>
  /** A return flow whose name begins so, each once: it is delivered by then. Undefined = none yet. */
  take(start: string): Promise<TakenFlow | undefined>
  /** Hangs up, and stops listening. */
  leave(): Promise<void>
}

/** A return flow as a partner gets it. */
export interface TakenFlow {
  readonly name: string
  readonly content: Buffer
}

/** Who joins. */
export interface ExchangeGuest {
  /** For files of its own. */
  readonly folder: string
  readonly applicationCode: string
  readonly modes: Readonly<Record<string, ProcessingMode>>
  readonly siret?: string
}

/** One way in which partners exchange. A new one is a row of EXCHANGE_WAYS. */
export interface ExchangeWay {
  readonly name: string
  /** Its client is here. */
  readonly isHere: boolean
  join(gateway: Gateway, guest: ExchangeGuest): Promise<ExchangePartner>
}
