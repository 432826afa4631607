import { GatewayError, type ErrorDetail } from '../errors.ts'
import type { BilingualText } from '../flow.ts'

/** Collects what is wrong with an order by member, so that all of it is told at once. */
export class ValueFaults {
  readonly #details: ErrorDetail[] = []

  /** The text without blanks around it. */
  name(field: string, value: string, maximum = 120): string {
    const trimmed = value.trim()
    if (trimmed === '' || trimmed.length > maximum || CONTROL.test(trimmed)) {
      this.add(field, {
        en: `wants 1 to ${maximum} printable characters`,
        fr: `attend 1 à ${maximum} caractères imprimables`,
      })
    }
    return trimmed
  }

  /** In lower case, as logins are compared. */
  login(field: string, value: string): string {
    const login = normalLogin(value)
    if (!LOGIN.test(login)) {
      this.add(field, {
        en: 'wants 3 to 120 letters, digits or . _ - + @',
        fr: 'attend 3 à 120 lettres, chiffres ou . _ - + @',
      })
    }
    return login
  }

  email(field: string, value: string): string {
    const trimmed = value.trim()
    if (trimmed.length > 254 || !EMAIL.test(trimmed)) {
      this.add(field, { en: 'wants an e-mail address', fr: 'attend une adresse électronique' })
    }
    return trimmed
  }

  add(field: string, message: BilingualText): void {
    this.#details.push({ field, message })
  }

  /** @throws GatewayError API_REQUEST_INVALID when something was wrong */
  raise(): void {
    if (this.#details.length === 0) return
    throw new GatewayError(
      'API_REQUEST_INVALID',
      `${this.#details.map(({ field, message }) => `${field} ${message.en}`).join('; ')}.`,
      { details: this.#details },
    )
  }
}

/** As logins are stored and compared. */
export function normalLogin(login: string): string {
  return login.trim().normalize('NFKC').toLowerCase()
}

const CONTROL = /\p{Cc}/u
const LOGIN = /^[\p{L}\p{N}._+@-]{3,120}$/u
const EMAIL = /^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,189}$/
