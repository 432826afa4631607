/**
 * Control characters but line ends and tabs, and those that turn the direction of what follows: by
 * them a name of somebody else's could rewrite what stands on the screen.
 */
const UNPRINTABLE = /(?!\r\n|[\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu

/** Text as a terminal may be given it. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\uFFFD')
}
