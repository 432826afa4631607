/**
 * The test for names that a file bears only while it is being sent (settings
 * `sftp.temporaryNames`; reference sftp §4). `*` stands for anything, letter case is ignored:
 * Windows clients send `.PART` too.
 */
export function temporaryNameTest(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false
  const alternatives = patterns.map((pattern) =>
    pattern
      .split('*')
      .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
      .join('.*'),
  )
  const test = new RegExp(`^(?:${alternatives.join('|')})$`, 'isu')
  return (name) => test.test(name)
}
