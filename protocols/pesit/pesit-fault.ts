import type { DiagnosticName } from './diagnostics.ts'

/**
 * The peer broke the protocol, or sent more than is allowed: the only error the codec throws. Its
 * diagnostic is what ABORT carries; the message is for the operator and names the place.
 */
export class PesitFault extends Error {
  override readonly name = 'PesitFault'
  readonly diagnostic: DiagnosticName

  constructor(diagnostic: DiagnosticName, message: string) {
    super(message)
    this.diagnostic = diagnostic
  }
}

/** Structure, sequence or length: 3/311. */
export function structureFault(message: string): PesitFault {
  return new PesitFault('3/311', message)
}

/** A parameter missing or with an illegal content: 3/318. */
export function parameterFault(message: string): PesitFault {
  return new PesitFault('3/318', message)
}

/** A value we were asked to send does not fit into the protocol: too long, or out of range. */
export class UnsendableValue extends Error {
  override readonly name = 'UnsendableValue'
}
