import { createHash } from 'node:crypto'
import { FICTIONAL_SIREN } from '../siret.ts'

/** A structure that nobody can take for a real one, and its main manager. */
export interface FictionalStructure {
  readonly siret: string
  readonly name: string
  readonly kind: 'SUPPLIER' | 'PUBLIC_RECIPIENT'
  readonly managerLogin: string
  readonly managerFirstName: string
  readonly managerName: string
}

/**
 * The establishments of the platform's own samples (reference chorus-pro-edi §7.5, §8.4): in every
 * set. Its error example has the first as supplier and the second as recipient.
 */
const SAMPLE_NUMBERS = ['05719', '05734', '00727'] as const

/**
 * The first `count` structures of the set of this seed; a longer set begins with the same ones.
 * Suppliers and public recipients take turns.
 */
export function fictionalStructures(seed: string, count: number): readonly FictionalStructure[] {
  const numbers = new Set<string>(SAMPLE_NUMBERS)
  for (let draw = 0; numbers.size < count; draw += 1) {
    const number = drawn(seed, 'siret', draw) % 100_000
    numbers.add(String(number).padStart(5, '0'))
  }
  return [...numbers].slice(0, count).map((number, index) => {
    const isSample = index < SAMPLE_NUMBERS.length
    // The samples are the same structures in every set.
    return fictionalStructure(isSample ? 'samples' : seed, number, index)
  })
}

function fictionalStructure(seed: string, number: string, index: number): FictionalStructure {
  const siret = `${FICTIONAL_SIREN}${number}`
  const kind = index % 2 === 0 ? 'SUPPLIER' : 'PUBLIC_RECIPIENT'
  const pick = (what: string, words: readonly string[]): string =>
    words[drawn(seed, what, index) % words.length]!
  const place = pick('place', PLACES)
  return {
    siret,
    kind,
    name:
      kind === 'SUPPLIER'
        ? `${pick('trade', TRADES)} ${place} (fictif ${number})`
        : `${pick('body', BODIES)} ${place} (fictif ${number})`,
    managerLogin: `gestionnaire-${siret}@qualification.invalid`,
    managerFirstName: pick('first name', FIRST_NAMES),
    managerName: pick('name', NAMES),
  }
}

/** 48 bits that depend on nothing but these three. */
function drawn(seed: string, what: string, index: number): number {
  return createHash('sha256').update(`${seed}\n${what}\n${index}`).digest().readUIntBE(0, 6)
}

const TRADES = [
  'Papeterie',
  'Travaux publics',
  'Nettoyage',
  'Informatique',
  'Imprimerie',
  'Transports',
  'Mobilier',
  'Espaces verts',
]
const BODIES = [
  'Commune de',
  'Centre hospitalier de',
  'Lycée de',
  'Département de',
  'Université de',
  'Syndicat des eaux de',
]
const PLACES = ['Valbrume', 'Clairmoulin', 'Hautevigne', 'Brossac-le-Neuf', 'Pierrelune', 'Orvange']
const FIRST_NAMES = ['Alix', 'Camille', 'Claude', 'Dominique', 'Morgan', 'Sacha', 'Yael', 'Lou']
const NAMES = ['Exemple', 'Modèle', 'Essai', 'Fictif', 'Patron', 'Spécimen', 'Témoin', 'Gabarit']
