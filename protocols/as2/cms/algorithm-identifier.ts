import { TAG, type DerElement } from '../../../certs/der.ts'
import { oidOf } from '../../../certs/der-values.ts'

/** `SEQUENCE { algorithm, parameters OPTIONAL }` (RFC 5280 §4.1.1.2). */
export interface AlgorithmIdentifier {
  readonly oid: string
  /** Absent, or NULL, where there is nothing to say. */
  readonly parameters: DerElement | undefined
}

/** @throws DerError */
export function readAlgorithm(element: DerElement): AlgorithmIdentifier {
  const [type, parameters] = element.as(TAG.sequence, 'an algorithm').children()
  if (type === undefined) throw element.unexpected('an algorithm')
  return { oid: oidOf(type), parameters }
}
