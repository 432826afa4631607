import type { BilingualText } from '../flow.ts'
import { GatewayError } from '../errors.ts'
import { MAX_PASSWORD_CHARACTERS } from './passwords.ts'

/**
 * Length counts, kinds of characters do not (NIST SP 800-63B §3.1.1, CNIL 2022-100): refused is what
 * guessing begins with.
 */
export function passwordFaults(
  password: string,
  person: { readonly login: string; readonly firstName: string; readonly name: string },
  minimumLength: number,
): readonly BilingualText[] {
  const faults: BilingualText[] = []
  const characters = Array.from(password.normalize('NFKC'))
  const plain = characters.join('').toLowerCase()
  if (characters.length < minimumLength) {
    faults.push({
      en: `It has fewer than ${minimumLength} characters.`,
      fr: `Il a moins de ${minimumLength} caractères.`,
    })
  }
  if (password.length > MAX_PASSWORD_CHARACTERS) {
    faults.push({
      en: `It has more than ${MAX_PASSWORD_CHARACTERS} characters.`,
      fr: `Il a plus de ${MAX_PASSWORD_CHARACTERS} caractères.`,
    })
  }
  if (new Set(characters).size < MIN_DIFFERENT || isRun(characters)) {
    faults.push({
      en: 'It repeats a few characters, or follows the order of the alphabet or of digits.',
      fr: 'Il répète quelques caractères ou suit l’ordre de l’alphabet ou des chiffres.',
    })
  }
  const known = [...personal(person), ...COMMON].find((word) => plain.includes(word))
  if (known !== undefined && plain.replaceAll(known, '').length < minimumLength) {
    faults.push({
      en: 'It is little more than your name, the login, or a word everybody uses.',
      fr: 'Il tient surtout à votre nom, à l’identifiant ou à un mot que tout le monde emploie.',
    })
  }
  return faults
}

/** @throws GatewayError PASSWORD_REFUSED that lists every fault */
export function requireGoodPassword(...rules: Parameters<typeof passwordFaults>): void {
  const faults = passwordFaults(...rules)
  if (faults.length === 0) return
  throw new GatewayError('PASSWORD_REFUSED', faults.map(({ en }) => en).join(' '), {
    details: faults.map((message) => ({ field: 'password', message })),
  })
}

const MIN_DIFFERENT = 5
/** What guessing begins with, in French and English; longer words of the lists contain them. */
const COMMON = [
  'password',
  'passw0rd',
  'motdepasse',
  'mot de passe',
  'azerty',
  'qwerty',
  'chorus',
  'raccord',
  'bonjour',
  'soleil',
  'welcome',
  'letmein',
  'admin',
  'secret',
  '123456',
  'abc123',
]

/** Shorter names would be found in too many passwords. */
const personal = (person: {
  readonly login: string
  readonly firstName: string
  readonly name: string
}): readonly string[] =>
  [person.login, person.login.split('@')[0] ?? '', person.firstName, person.name]
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= 4)

/** Each character is the next one, or the one before: `abcdefghijkl`, `987654321098`. */
function isRun(characters: readonly string[]): boolean {
  const steps = characters
    .slice(1)
    .map((character, index) => character.codePointAt(0)! - characters[index]!.codePointAt(0)!)
  const runs = steps.filter((step) => Math.abs(step) === 1).length
  return characters.length > 2 && runs >= 0.8 * steps.length
}
