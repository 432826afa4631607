import { fpduChecksum } from './checksum.ts'
import { encodeFpdu } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { CONCATENABLE } from './fpdu-types.ts'
import type { Framing } from './frame-reader.ts'
import { MAX_ENTITY_BYTES } from './frame-reader.ts'
import { UnsendableValue } from './pesit-fault.ts'

export interface FrameStyle {
  readonly framing: Framing
  readonly hasChecksum: boolean
}

/** One FPDU as it goes on the wire. @throws UnsendableValue when it is too long */
export function frameFpdu(fpdu: Fpdu, style: FrameStyle): Buffer {
  const bytes = encodeFpdu(fpdu)
  return frameEntity(style.hasChecksum ? [bytes, fpduChecksum(bytes)] : [bytes], style.framing)
}

/**
 * Several FPDUs in one entity (reference §2.3). Without a prefix they simply follow one another.
 * @param maxEntityBytes PI 25 as agreed; the caller sees to it that they fit
 * @throws UnsendableValue when they may not share an entity, or do not fit into it
 */
export function frameTogether(
  fpdus: readonly Fpdu[],
  style: FrameStyle,
  maxEntityBytes: number,
): Buffer {
  const stranger = fpdus.find(({ name }) => !CONCATENABLE.has(name))
  if (stranger !== undefined) throw new UnsendableValue(`${stranger.name} travels alone`)
  if (style.hasChecksum) throw new UnsendableValue('FPDUs with a checksum travel alone')
  const bytes = fpdus.map((fpdu) => encodeFpdu(fpdu))
  const size = bytes.reduce((sum, { length }) => sum + length, 0)
  if (size > maxEntityBytes) {
    throw new UnsendableValue(`an entity of ${size} bytes, at most ${maxEntityBytes}`)
  }
  return frameEntity(bytes, style.framing)
}

/**
 * Puts the prefix before an entity, or before a message of the pre-connection.
 * @throws UnsendableValue when it is longer than 65,535 bytes
 */
export function frameEntity(parts: readonly Uint8Array[], framing: Framing): Buffer {
  const size = parts.reduce((sum, { length }) => sum + length, 0)
  if (size > MAX_ENTITY_BYTES) throw new UnsendableValue(`an entity of ${size} bytes`)
  if (framing === 'raw') return Buffer.concat(parts)
  return Buffer.concat([Buffer.from([size >> 8, size & 0xff]), ...parts])
}
