/** The VAT number of a company: key and SIREN (reference invoices §8). @param siren 9 digits */
export function frenchVatNumber(siren: string): string {
  const key = (12 + 3 * (Number(siren) % 97)) % 97
  return `FR${String(key).padStart(2, '0')}${siren}`
}
