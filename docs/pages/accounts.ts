import {
  PERMISSIONS,
  type PermissionRow,
  type PermittedRole,
} from '../../gateway/accounts/permission-table.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/accounts.md: people, their way to a structure's connections, who may do what. */
export function accountsPage(): string {
  const rows: readonly (readonly [string, PermissionRow])[] = Object.entries(PERMISSIONS)
  const parts = [
    '# People and rights',
    GENERATED_MARK,
    WAY,
    '## Who may do what',
    LEGEND,
    table(
      ['permission', 'what', 'who', 'asked for'],
      rows.map(([name, row]) => [
        `\`${name}\``,
        `${row.meaning.en}<br>_${row.meaning.fr}_`,
        `${row.roles.map((role) => ROLES[role]).join(', ')}${row.personOnly === true ? ' (no token)' : ''}`,
        `${SCOPES[row.scope]}${row.needsArea === true ? ', its area open' : ''}`,
      ]),
    ),
    SIGN_IN,
  ]
  return `${parts.join('\n\n')}\n`
}

const ROLES: Readonly<Record<PermittedRole, string>> = {
  anyone: 'anyone',
  'signed-in': 'whoever is signed in',
  member: 'who belongs to the structure',
  manager: 'manager',
  show: 'Show',
  modify: 'Modify',
  tester: 'Test',
  operator: 'operator',
  auditor: 'auditor',
  administrator: 'administrator',
}

const SCOPES: Readonly<Record<PermissionRow['scope'], string>> = {
  none: '–',
  self: 'oneself',
  structure: 'a structure',
  global: 'the gateway',
}

const WAY = `## The way to a structure's connections

As on the portal, five things have to be there. \`GET /api/v1/structures/SIRET/area/why\` says which of
them is missing, and whom to ask.

1. **An account.** An administrator makes it; the temporary password is shown once, holds for three
   days and can only be exchanged for another one.
2. **The structure.** In production an administrator writes it, with a SIRET whose check digits are
   right. In qualification it comes from a _data set_ (\`matelas de données\`): fictional structures,
   suppliers and public recipients in turns, each with a main manager whose password is shown once.
   The same seed gives the same set; \`00000000005719\`, \`00000000005734\` and \`00000000000727\` are in
   every set.
3. **Belonging to it** (_rattachement_). One asks, a manager accepts or refuses, several at once. A
   structure has one main manager, whom only an administrator changes, and any number of secondary
   ones.
4. **The area** “EDI & API connections” (_espace Raccordements EDI & API_), which a manager opens
   once. Before that not even he sees connections.
5. **A subscription** to it: Show, Modify, Test; the last two include Show. One asks, a manager
   decides. What is in force stays so while a request for more waits. Managers need none. With more
   than two people who may modify comes the platform's advice to entitle few.

A right that is given or taken acts at the next request. Every write leaves an audit row in the same
transaction: who, from where, what it was before and after.`

const LEGEND = `Show, Modify and Test are subscriptions to the area of the structure; manager means main or secondary.
Operator, auditor and administrator hold for all structures. Roles add up. The token in \`run.json\` is
the local owner of the machine: administrator and operator.`

const SIGN_IN = `## Signing in

People sign in with login and password and get a session cookie; a request that writes carries the
session's \`csrfToken\` in \`X-CSRF-Token\` too. A session is over after an hour without a request, or
after twelve hours, and all sessions of a person end when the password is changed or reset, or the
account is blocked. An unknown login, a wrong password and a blocked account get the same answer after
the same work. After a few failed tries the next ones are slowed, then refused for a while, by login
and by address (\`signIn.*\` in [the settings](configuration.md)).

A password wants twelve characters; which ones is free. Refused is what guessing begins with: names,
the login, well-known words, repetitions. It is kept as scrypt.

Scripts use a token (\`Authorization: Bearer rct_…\`), shown once and kept as a hash. It acts for its
owner, at most: \`scopes\` limits it to permissions of the table above. It ends after a year unless
said otherwise, and at once when it is revoked or its owner blocked. When an administrator resets a
password, the person's tokens are revoked with it, and the answer names them: scripts need new ones.
A token makes no other token. With \`user.write\` among its scopes it is as good as an administrator,
who gives himself, or a new user, every role: give that scope to no script that can do without.

The **first administrator**: \`raccord serve\` prints a one-time secret while there is none. The
**demo** lets its people switch roles without a password, for pages of its own on the same machine
only; elsewhere by a one-time link.`
