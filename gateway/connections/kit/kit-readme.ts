import type { BilingualText } from '../../flow.ts'
import type { KitCommand } from './kit-commands.ts'
import type { KitFacts } from './kit-facts.ts'
import { kitTitle, hostAndPort, type KitFile, type KitProduct } from './kit-product.ts'

const MODES: Readonly<Record<string, BilingualText>> = {
  COMPLETE: {
    en: 'Complete: one bad invoice refuses all',
    fr: 'Complet : une facture en erreur rejette tout',
  },
  PARTIAL: {
    en: 'Partial: only bad invoices are refused',
    fr: 'Partiel : seules les factures en erreur sont rejetées',
  },
}

/** The page a partner reads first, README.md or LISEZMOI.md. */
export function kitReadme(
  facts: KitFacts,
  commands: readonly KitCommand[],
  products: readonly KitProduct[],
): KitFile {
  const { language } = facts
  const path = language === 'fr' ? 'LISEZMOI.md' : 'README.md'
  const sections = [
    heading(facts),
    addresses(facts),
    names(facts),
    commandSection(commands, language),
    productSection(products, language),
  ]
  return { path, text: `${sections.filter((one) => one !== '').join('\n\n')}\n` }
}

function heading(facts: KitFacts): string {
  const { language, gateway, connection, keyFile, isListening } = facts
  const text = (en: string, fr: string): string => (language === 'fr' ? fr : en)
  return [
    `# ${kitTitle(facts)}`,
    '',
    gateway.notice[language],
    '',
    `${connection.name} · ${connection.protocol.toUpperCase()} · ${connection.stateLabel[language]}`,
    '',
    text(
      `Nothing here is secret. Your private key is not in this kit: put it here as \`${keyFile}\`, or unpack the kit into the folder where \`raccord certs make\` left it.`,
      `Rien ici n’est secret. Votre clé privée n’est pas dans ce kit : mettez-la ici sous le nom \`${keyFile}\`, ou décompressez le kit dans le dossier où \`raccord certs make\` l’a laissée.`,
    ),
    ...(isListening
      ? []
      : [
          '',
          text(
            `This gateway does not listen for ${connection.protocol.toUpperCase()} at present; the address below is the usual one.`,
            `Cette passerelle n’écoute pas en ${connection.protocol.toUpperCase()} pour l’instant ; l’adresse ci-dessous est l’adresse habituelle.`,
          ),
        ]),
  ].join('\n')
}

function addresses(facts: KitFacts): string {
  const { language, address, protocol, gateway, applicationCode, gatewayCode, settings } = facts
  const rows: (readonly [BilingualText, string])[] = [
    [{ en: 'address', fr: 'adresse' }, hostAndPort(address)],
    [{ en: 'your application code', fr: 'votre code application' }, applicationCode],
  ]
  if (protocol === 'sftp') {
    rows.push(
      [{ en: 'user', fr: 'utilisateur' }, applicationCode],
      [{ en: 'deposit', fr: 'dépôt' }, `/${settings.depositFolder}`],
      [{ en: 'reports', fr: 'comptes rendus' }, `/${settings.retrievalFolder}`],
      ...gateway.sftp.hostKeys.map(
        ({ algorithm, fingerprint }) =>
          [{ en: 'host key', fr: 'clé du serveur' }, `${algorithm} ${fingerprint}`] as const,
      ),
    )
  } else {
    rows.push([
      { en: 'identifier of the gateway', fr: 'identifiant de la passerelle' },
      gatewayCode,
    ])
  }
  if (gateway.api.url !== null) rows.push([{ en: 'API', fr: 'API' }, gateway.api.url])
  return table(
    rows.map(([name, value]) => [name[language], `\`${value}\``]),
    language === 'fr' ? ['quoi', 'valeur'] : ['what', 'value'],
  )
}

function names({ language, codes }: KitFacts): string {
  const fr = language === 'fr'
  const intro = fr
    ? 'Un flux s’appelle `CODEINTERFACE_CODEAPPLI_IDENTIFIANT.tar.gz` (ou `.xml` pour une seule facture). L’identifiant a 25 caractères : votre code application, puis 19 chiffres ou capitales, jamais deux fois les mêmes ; de préférence les quatre chiffres du code interface d’abord.'
    : 'A flow is named `INTERFACECODE_APPLICATIONCODE_IDENTIFIER.tar.gz` (or `.xml` for a single invoice). The identifier has 25 characters: your application code, then 19 digits or capitals, never the same twice; the four digits of the interface code first, preferably.'
  const rows = codes.map((row) => [
    `\`${row.code}\``,
    row.title[language],
    MODES[row.mode]?.[language] ?? row.mode,
    row.exampleName === null ? '–' : `\`${row.exampleName}\``,
  ])
  const head = fr
    ? ['code interface', 'contenu', 'mode', 'exemple de nom']
    : ['interface code', 'content', 'mode', 'example of a name']
  return [fr ? '## Noms' : '## Names', '', intro, '', table(rows, head)].join('\n')
}

function commandSection(commands: readonly KitCommand[], language: 'en' | 'fr'): string {
  if (commands.length === 0) return ''
  const title =
    language === 'fr'
      ? '## Commandes à coller (depuis ce dossier, le fichier du flux à côté)'
      : '## Commands to paste (from this folder, the flow’s file beside it)'
  const blocks = commands.map(({ what, line }) => `${what[language]}:\n\n\`\`\`\n${line}\n\`\`\``)
  return [title, ...blocks].join('\n\n')
}

function productSection(products: readonly KitProduct[], language: 'en' | 'fr'): string {
  const fr = language === 'fr'
  const blocks = products.map(({ id, name, basis, use }) => {
    const note =
      basis === 'run'
        ? ''
        : fr
          ? ' _(écrit d’après sa documentation, pas essayé avec le produit)_'
          : ' _(written from its documentation, not tried with the product)_'
    return `### ${name} (\`${id}/\`)${note}\n\n${use[language]}`
  })
  return [fr ? '## Réglages à importer' : '## Settings to import', ...blocks].join('\n\n')
}

function table(rows: readonly (readonly string[])[], head: readonly string[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
