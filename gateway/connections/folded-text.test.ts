import { expect, test } from 'vitest'
import { foldText } from './folded-text.ts'

test.each([
  ['Société  ÉLYSÉE', 'societe elysee'],
  ['SOCIÉTÉ', 'societe'],
  ['Cœur de bœuf', 'coeur de boeuf'],
  ['Ærø Straße', 'aero strasse'],
  ['L’Oréal', "l'oreal"],
  ['Saint‑Étienne – Métropole', 'saint-etienne - metropole'],
  ['  a\tb\n', 'a b'],
  ['ﬁn', 'fin'],
  ['', ''],
])('%j is compared as %j', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})
