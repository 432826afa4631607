import { AS2_NOT_BUILT, AS2_RULES } from '../../test/support/as2-conformance-rules.ts'
import { GENERATED_MARK, table } from './markdown.ts'

const TESTS = 'test/contract/as2-conformance.test.ts'

/** `docs/conformance-as2.md`: the public rules of AS2, each with the test that proves it. */
export function conformanceAs2Page(): string {
  return `# AS2: the rules of the public certification rounds

${GENERATED_MARK}

What is public of the rounds (Drummond, reports of 2006 to 2014), of RFC 4130, RFC 5402 and the draft
4130bis. Each row is a test of that name in \`${TESTS}\`, with the gateway's own
listener and sender on both ends; what products of others make of our messages, and we of theirs, is in
[interop.md](interop.md).

${table(
  ['test', 'rule', 'source'],
  Object.entries(AS2_RULES).map(([name, { rule, source }]) => [`\`${name}\``, rule, source]),
)}

## Not built

${table(
  ['what', 'profile and reason'],
  AS2_NOT_BUILT.map(({ rule, source }) => [rule, source]),
)}
`
}
