import { FORM_NOTICES } from '../../gateway/connections/form-notices.ts'
import { KIT_PRODUCTS } from '../../gateway/connections/kit/kit-products.ts'
import { PROBE_ANSWERS, PROBE_STEP_LABELS } from '../../gateway/connections/probe/probe-answers.ts'
import type { BilingualText } from '../../gateway/flow.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** `docs/kit-and-probe.md`: what a form says, what a kit holds, what a probe can answer. */
export function kitAndProbePage(): string {
  return `# Notices, kit and probe of a connection

${GENERATED_MARK}

## Notices

What the page of the form says around it. One that is to be confirmed has to be before the form is sent.

${table(
  ['notice', 'text', 'confirmed as'],
  FORM_NOTICES.map(({ id, text, confirmation }) => [
    `\`${id}\``,
    both(text),
    confirmation === undefined ? '–' : `\`confirmations.${confirmation}\``,
  ]),
)}

## The kit

\`raccord connection kit CODE\` (\`GET /api/v1/connections/{id}/kit\`) is a zip of public facts, in English or
French: a README with addresses, fingerprints, the grammar of names and an example for each code
subscribed to; \`known_hosts\` and the gateway's public keys or certificates with the test root;
\`commands.txt\` with commands to paste for \`sftp\`, \`curl\` and \`lftp\` (AS2: \`openssl\` and \`curl\`); and
settings to import for the products that speak the protocol. The partner's private key is put beside it
by the partner. What was never run with the product says so in the kit too.

${table(
  ['product', 'folder', 'protocols', 'checked', 'how to use it'],
  KIT_PRODUCTS.map(({ id, name, protocols, basis, use }) => [
    name,
    `\`${id}/\``,
    protocols.join(', '),
    basis === 'run' ? 'run by the tests' : 'from its documentation only',
    both(use),
  ]),
)}

## The probe

\`raccord connection probe CODE\` (\`POST /api/v1/connections/{id}/probe\`) tries the way from the gateway to
a partner it calls (AS2, PeSIT), as the form in force says it, and stops at the first step that fails.
All addresses of a name are checked before one is called, and the checked one is called: link-local,
multicast and metadata addresses never (\`probe.refusedNetworks\`), this machine in qualification only
(\`probe.loopback\`). Each step has \`probe.stepSeconds\`; four connections are tried at a time.
The last step speaks the protocol, to a server whose certificate is the registered one: HEAD for AS2;
for PeSIT CONNECT with the names, password, framing and pre-connection that return flows are brought with,
then RELEASE.

${table(
  ['code', 'step', 'outcome', 'what it says', 'what to do'],
  Object.entries(PROBE_ANSWERS).map(([code, row]) => [
    `\`${code}\``,
    both(PROBE_STEP_LABELS[row.step]),
    row.outcome,
    both(row.message),
    'remedy' in row ? both(row.remedy) : '–',
  ]),
)}
`
}

const both = ({ en, fr }: BilingualText): string => `${en}<br>_${fr}_`
