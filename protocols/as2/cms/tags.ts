/** Tag bytes of what CMS is written with (X.690 §8.1.2). */
export const BYTE = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, primitive and constructed. */
  context0: 0x80,
  explicit0: 0xa0,
  explicit1: 0xa1,
  explicit2: 0xa2,
} as const
