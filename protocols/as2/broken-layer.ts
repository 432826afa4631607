import { faultOf, MessageFault, StructureFault } from './message-fault.ts'
import type { Layer } from './mic.ts'
import type { Octets } from './octets.ts'

/** What `smime-type` says a layer is. */
const ANNOUNCED: Readonly<Record<string, Layer>> = {
  'enveloped-data': 'encrypted',
  'authenveloped-data': 'encrypted',
  'compressed-data': 'compressed',
}

/** The layer that a part says it is, before its bytes are read. @param smimeType its parameter */
export function announcedLayer(smimeType: string | undefined): Layer | undefined {
  return ANNOUNCED[smimeType?.toLowerCase() ?? '']
}

/**
 * What an error is in a layer: an envelope whose structure breaks off or does not follow its
 * syntax cannot be decrypted, and such compressed data not decompressed (AS2 reference §6).
 * Other errors, and those of layers further out, are given back as they are.
 */
export function ofBrokenLayer(error: unknown, layer: Layer | undefined): unknown {
  if (layer === undefined || layer === 'signed') return error
  const fault = faultOf(error)
  const isStructure = error instanceof StructureFault || error !== fault
  if (fault === undefined || fault.kind === 'limit' || !isStructure) return error
  const kind = layer === 'encrypted' ? 'decryption' : 'decompression'
  return new MessageFault(kind, fault.message, error)
}

/** The octets inside a layer. @throws MessageFault as `ofBrokenLayer` says */
export async function* insideLayer(octets: Octets, layer: Layer): AsyncGenerator<Buffer> {
  try {
    for await (const piece of octets) yield piece
  } catch (error) {
    throw ofBrokenLayer(error, layer)
  }
}
