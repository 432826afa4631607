import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { addList, optionText } from './list-output.ts'

interface AuditDocument {
  readonly at: string
  readonly actor: { readonly kind: string; readonly name: string; readonly peer: string }
  readonly action: string
  readonly object: { readonly kind: string; readonly id: string }
  readonly siret: string | null
  readonly reason: string | null
}

/** `raccord audit`: who did what; `--json` has what it was before and after. */
export function auditCommand(context: CommandContext): Command {
  return addList<AuditDocument>(
    new Command('audit')
      .description('Who did what, newest first; --json has what it was before and after.')
      .option('--structure <siret>', 'of this structure')
      .option('--object <id>', 'on this connection, user, token…')
      .option('--actor <id>', 'by this user')
      .option('--action <name>', 'connection.submit, user.create…')
      .option('--since <time>', 'not before (ISO 8601)')
      .option('--until <time>', 'not after (ISO 8601)'),
    context,
    {
      path: () => '/audit',
      query: (options) => ({
        siret: optionText(options, 'structure'),
        object: optionText(options, 'object'),
        actor: optionText(options, 'actor'),
        action: optionText(options, 'action'),
        since: optionText(options, 'since'),
        until: optionText(options, 'until'),
      }),
      columns: [
        {
          title: { en: 'when', fr: 'quand' },
          text: ({ at }) => `${at.slice(0, 19).replace('T', ' ')}Z`,
        },
        { title: { en: 'who', fr: 'qui' }, text: ({ actor }) => actor.name },
        { title: { en: 'from', fr: 'depuis' }, text: ({ actor }) => actor.peer },
        { title: { en: 'action', fr: 'action' }, text: ({ action }) => action },
        { title: { en: 'object', fr: 'objet' }, text: ({ object }) => object.id },
        { title: { en: 'structure', fr: 'structure' }, text: ({ siret }) => siret ?? '—' },
        { title: { en: 'reason', fr: 'motif' }, text: ({ reason }) => reason ?? '' },
      ],
      empty: {
        en: 'Nothing of that kind was done.',
        fr: 'Rien de tel n’a été fait.',
      },
    },
  )
}
