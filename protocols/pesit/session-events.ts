import type { DiagnosticName } from './diagnostics.ts'
import type { DataFpdu, Fpdu } from './fpdu.ts'
import type { Strictness } from './fpdu-parameters.ts'
import type { FpduName, ParameterFpduName } from './fpdu-types.ts'
import type { OwnTerms } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { PesitFault } from './pesit-fault.ts'
import type { SessionState } from './session-state.ts'
import type { TimerName } from './session-states.ts'

/** `collision`: both sides sent IDT, and 5 s have passed without ACK(IDT) (conflict 14). */
export type SessionTimer = TimerName | 'collision'

export type SessionInput =
  | { readonly kind: 'received'; readonly fpdu: Fpdu }
  /** The two check bytes of an FPDU were wrong. */
  | { readonly kind: 'damaged' }
  /** The codec refused what came. */
  | { readonly kind: 'fault'; readonly fault: PesitFault }
  /** We want to send this. */
  | { readonly kind: 'wish'; readonly name: ParameterFpduName; readonly values: ParameterValues }
  | { readonly kind: 'wish-data'; readonly fpdu: DataFpdu }
  | { readonly kind: 'expired'; readonly timer: SessionTimer }

export type SessionAction =
  | { readonly do: 'send'; readonly fpdu: Fpdu }
  /** An FPDU came and is legal: act on it. `notes` are liberties the peer took. */
  | {
      readonly do: 'tell'
      readonly fpdu: Fpdu
      readonly values: ParameterValues
      readonly notes: readonly string[]
    }
  /** Stops the timer that runs, and starts this one; the owner restarts Tp at every byte. */
  | { readonly do: 'timer'; readonly timer: SessionTimer | undefined }
  /** Came too late or crossed something of ours; nothing to do. */
  | { readonly do: 'ignore'; readonly name: FpduName }
  /** Our wish is not legal now: it came too late, or the window is full. Nothing was sent. */
  | { readonly do: 'drop'; readonly name: FpduName }
  /** The transfer or the connection ends by a fault; what is sent about it follows. */
  | { readonly do: 'break'; readonly diagnostic: DiagnosticName; readonly reason: string }
  | { readonly do: 'close' }

export interface SessionStep {
  readonly session: SessionState
  readonly actions: readonly SessionAction[]
}

/** What a machine goes by. */
export interface SessionRules extends OwnTerms {
  readonly strictness: Strictness
}
