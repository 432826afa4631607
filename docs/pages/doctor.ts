import { PROBLEMS, type Problem } from '../../gateway/doctor/problems.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** `docs/doctor.md`: what `raccord doctor` looks at. */
export function doctorPage(): string {
  const rows = Object.entries<Problem>(PROBLEMS)
  return `# What doctor finds

${GENERATED_MARK}

\`\`\`
raccord doctor
raccord doctor --config gateway.yaml --data /var/lib/raccord --json
raccord doctor --time-from https://www.example.org/
raccord --lang fr doctor
\`\`\`

looks at the machine, the settings, the data folder, keys and certificates, ports, journal, queue, payload store,
clock, mail server, partners that are called, and the gateway if it runs. It changes nothing: a file is made in the data
folder and removed, ports are bound for a moment while no gateway runs, partners are connected to without a word. Give it
the settings that \`serve\` is given. Exit 0: nothing (\`✓\`) or warnings (\`!\`) only; 1: a fault (\`✗\`).

${rows.length} problems:

${table(
  ['problem', '', 'looked at', 'cause', 'next step'],
  rows.map(([id, { severity, checked, cause, remedy }]) => [
    `\`${id}\``,
    severity === 'fault' ? '✗' : '!',
    checked.en,
    cause.en,
    remedy.en,
  ]),
)}

The contents of flows are sampled (the newest 50 and 50 others); a journal of SQLite beyond 4 GiB is not looked through
(\`pragma quick_check\` by hand does). The clock is held against PostgreSQL, Redis, the last event of a journal of SQLite
and, with \`--time-from\`, an HTTP server; more than five seconds are told.
`
}
