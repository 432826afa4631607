import type { Environment } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'

/** What stands in a flow's name for its partner: `AAA999` (reference chorus-pro-edi §4.1). */
export const APPLICATION_CODE = /^[A-Z0-9]{6}$/
/** The platform's own. */
const PLATFORM_CODE = 'CPP001'
const LAST_NUMBER = 999

/**
 * Three capital letters out of a partner's name: the first of it, accents taken off; X where the
 * name has none left. `Établissements Métra` → `ETA`.
 */
export function codePrefix(name: string): string {
  const letters = name
    .normalize('NFD')
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
  return letters.slice(0, 3).padEnd(3, 'X')
}

/** A code that nobody has, with the statement that keeps it from being given again. */
export interface AssignedCode {
  readonly code: string
  /** Its guard fails when somebody else took the number meanwhile. */
  readonly claim: WriteStatement
}

/**
 * The next code of a partner's name in this environment. Numbers of a prefix only grow, so that a
 * code is never given twice; a full prefix passes on to the next one of the alphabet.
 */
export async function nextApplicationCode(
  journal: Journal,
  environment: Environment,
  name: string,
): Promise<AssignedCode> {
  for (let prefix = codePrefix(name); ; prefix = prefixAfter(prefix)) {
    const counter = `application-code ${environment} ${prefix}`
    const last = await lastNumber(journal, counter)
    const taken = await takenNumbers(journal, environment, prefix)
    let number = (last ?? 0) + 1
    while (taken.has(number)) number += 1
    if (number <= LAST_NUMBER) {
      const code = `${prefix}${String(number).padStart(3, '0')}`
      return { code, claim: claimOf(journal, counter, last, number) }
    }
  }
}

function claimOf(
  journal: Journal,
  counter: string,
  last: number | undefined,
  number: number,
): WriteStatement {
  const { db } = journal
  const query =
    last === undefined
      ? db.insertInto('counters').values({ name: counter, value: number })
      : db
          .updateTable('counters')
          .set({ value: number })
          .where('name', '=', counter)
          .where('value', '=', last)
  return { query, expectRows: 1 }
}

async function lastNumber(journal: Journal, counter: string): Promise<number | undefined> {
  const [row] = await journal.read(
    journal.db.selectFrom('counters').select('value').where('name', '=', counter),
  )
  return row?.value
}

/** Also those that were asked for by name. */
async function takenNumbers(
  journal: Journal,
  environment: Environment,
  prefix: string,
): Promise<ReadonlySet<number>> {
  const rows = await journal.read(
    journal.db
      .selectFrom('connections')
      .select('application_code')
      .where('environment', '=', environment)
      .where('application_code', '>=', `${prefix}000`)
      .where('application_code', '<=', `${prefix}999`),
  )
  const codes = [PLATFORM_CODE, ...rows.map((row) => row.application_code)]
  return new Set(
    codes.filter((code) => code.startsWith(prefix)).map((code) => Number(code.slice(3))),
  )
}

/** `ACM` → `ACN`, `ACZ` → `ADA`, `ZZZ` → `AAA`. */
function prefixAfter(prefix: string): string {
  let next = ''
  let carry = 1
  for (const letter of prefix.split('').toReversed()) {
    const place = ALPHABET.indexOf(letter) + carry
    carry = place === ALPHABET.length ? 1 : 0
    next = ALPHABET[place % ALPHABET.length]! + next
  }
  return next
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
