import { Command } from 'commander'
import type { BilingualText } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { addList, optionText } from './list-output.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface StructureDocument {
  readonly siret: string
  readonly name: string
  readonly isActive: boolean
  readonly isAreaOpen: boolean
}

interface DataSet {
  readonly seed: string
  readonly structures: readonly {
    readonly siret: string
    readonly name: string
    readonly kind: string
    readonly manager: { readonly login: string; readonly password: string | null }
  }[]
}

interface AreaAnswer {
  readonly maySee: boolean
  readonly steps: readonly {
    readonly step: string
    readonly isDone: boolean
    readonly message: { readonly en: string; readonly fr: string }
    readonly ask: readonly {
      readonly firstName: string
      readonly name: string
      readonly email: string
    }[]
  }[]
}

interface Options extends ApiOptions {
  readonly json?: boolean
}

const YES: BilingualText = { en: 'yes', fr: 'oui' }
const NO: BilingualText = { en: 'no', fr: 'non' }
const OPEN: BilingualText = { en: 'open', fr: 'ouvert' }
const GIVEN: BilingualText = { en: '(given before)', fr: '(déjà donné)' }
const SHOWN_ONCE: BilingualText = {
  en: 'Passwords are shown this once.',
  fr: 'Les mots de passe ne sont montrés que cette fois.',
}
const KINDS: Readonly<Record<string, BilingualText>> = {
  SUPPLIER: { en: 'supplier', fr: 'fournisseur' },
  PUBLIC_RECIPIENT: { en: 'public recipient', fr: 'destinataire public' },
}
const SET_HEADERS = {
  en: ['SIRET', 'name', 'kind', 'manager', 'password'],
  fr: ['SIRET', 'nom', 'nature', 'gestionnaire', 'mot de passe'],
} as const

/** `raccord structures`: whom connections are made for, and their areas. */
export function structuresCommand(context: CommandContext): Command {
  const structures = new Command('structures').description(
    'List structures, generate fictional ones, open their areas.',
  )

  addList<StructureDocument>(
    structures
      .command('list')
      .description('List structures, by SIRET.')
      .option('--text <text>', 'the beginning of a SIRET, or part of a name'),
    context,
    {
      path: () => '/structures',
      query: (options) => ({ text: optionText(options, 'text') }),
      columns: [
        { title: { en: 'SIRET', fr: 'SIRET' }, text: ({ siret }) => siret },
        { title: { en: 'name', fr: 'nom' }, text: ({ name }) => name },
        {
          title: { en: 'active', fr: 'active' },
          text: ({ isActive }, language) => (isActive ? YES : NO)[language],
        },
        {
          title: { en: 'area', fr: 'espace' },
          text: ({ isAreaOpen }, language) => (isAreaOpen ? OPEN[language] : '—'),
        },
      ],
      empty: {
        en: 'There is no structure.\n→ in qualification: raccord structures generate',
        fr: 'Il n’y a pas de structure.\n→ en qualification : raccord structures generate',
      },
    },
  )

  withApiOptions(
    structures
      .command('generate')
      .description('Generate a data set of fictional structures and managers (qualification).'),
  )
    .option('--seed <word>', 'the same seed gives the same set', 'demo')
    .option('--count <number>', 'how many structures', '10')
    .option('--json', 'one JSON document')
    .action(async (options: Options & { readonly seed: string; readonly count: string }) => {
      const client = await apiClient(options, context)
      const count = wholeNumber(options.count, '--count', { minimum: 1, maximum: 10_000 })
      const set = await client.json<DataSet>({
        path: '/data-set',
        body: { seed: options.seed, count },
      })
      if (options.json === true) return writeJson(set)
      const rows = set.structures.map(({ siret, name, kind, manager }) => [
        siret,
        name,
        KINDS[kind]?.[context.language] ?? kind,
        manager.login,
        manager.password ?? GIVEN[context.language],
      ])
      await writeOut(`${formatTable(SET_HEADERS[context.language], rows)}\n`)
      tell(SHOWN_ONCE[context.language])
    })

  withApiOptions(
    structures
      .command('open-area')
      .description('Open the area “EDI & API connections” of a structure (managers).'),
  )
    .argument('<siret>', 'the structure')
    .option('--json', 'one JSON document')
    .action(async (siret: string, options: Options) => {
      const client = await apiClient(options, context)
      const path = `/structures/${encodeURIComponent(siret)}/area`
      const opened = await client.json<{ openedAt: string }>({ method: 'POST', path })
      if (options.json === true) await writeJson(opened)
      else {
        await writeOut(`  ${siret}  ${OPEN[context.language]}\n`)
        tell(`→ raccord structures why ${siret}`)
      }
    })

  withApiOptions(
    structures
      .command('why')
      .description('Why one can, or cannot, see the area of a structure, and whom to ask.'),
  )
    .argument('<siret>', 'the structure')
    .option('--json', 'one JSON document')
    .action(async (siret: string, options: Options) => {
      const client = await apiClient(options, context)
      const path = `/structures/${encodeURIComponent(siret)}/area/why`
      const answer = await client.json<AreaAnswer>({ path })
      if (options.json === true) await writeJson(answer)
      else await writeOut(`${whyText(answer, context.language)}\n`)
    })
  return structures
}

function whyText({ steps }: AreaAnswer, language: 'en' | 'fr'): string {
  return steps
    .flatMap(({ isDone, message, ask }) => [
      `  ${isDone ? '✓' : '✗'} ${message[language]}`,
      ...ask.map(({ firstName, name, email }) => `    → ${firstName} ${name} <${email}>`),
    ])
    .join('\n')
}
