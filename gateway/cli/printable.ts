/**
 * Control characters but line ends and tabs, and those that turn the direction of what follows: by
 * them a name of somebody else's could rewrite what stands on the screen.
 */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNPRINTABLE =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]|\r(?!\n)/g

/** Text as a terminal may be given it. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\uFFFD')
}
