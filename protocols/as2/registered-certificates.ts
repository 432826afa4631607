import { readCertificate, type Certificate } from '../../certs/certificate.ts'
import type { PartnerCertificate } from '../partner-certificate.ts'

/** Read once for as long as the journal's copy is kept. */
const read = new WeakMap<PartnerCertificate, Certificate>()

/** Those that are accepted now, as signatures are compared with them. */
export function registeredAt(
  certificates: readonly PartnerCertificate[],
  now: number,
): readonly Certificate[] {
  return certificates
    .filter(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter)
    .map((one) => {
      const known = read.get(one) ?? readCertificate(one.der)
      read.set(one, known)
      return known
    })
}
