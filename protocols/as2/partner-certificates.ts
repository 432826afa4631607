import type { Certificate } from '../../certs/certificate.ts'

/** A partner has several at once while one replaces the other (AS2 reference §8, rollover). */

/** The newest that is valid, for encryption; undefined when there is none. */
export function certificateForEncryption(
  certificates: readonly Certificate[],
  now: number,
): Certificate | undefined {
  return certificates
    .filter((one) => isValidAt(one, now))
    .toSorted((one, other) => other.notBefore - one.notBefore)[0]
}

export function isValidAt({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore <= now && now <= notAfter
}
