import type { BilingualText, ProtocolName } from '../../flow.ts'
import type { KitFacts } from './kit-facts.ts'

/** What a kit carries for one program a partner may use. */
export interface KitProduct {
  /** Its folder in the kit. */
  readonly id: string
  readonly name: string
  readonly protocols: readonly ProtocolName[]
  /**
   * `run`: the tests of this project run it with the kit. `documentation`: written from what its
   * makers publish; never tried with the product.
   */
  readonly basis: 'run' | 'documentation'
  /** What to do with the files. */
  readonly use: BilingualText
  files(facts: KitFacts): readonly KitFile[]
}

export interface KitFile {
  /** In the zip, with `/`. */
  readonly path: string
  readonly text: string
}

/** A comment that stands in every settings file. */
export function kitTitle(facts: KitFacts): string {
  const { connection, applicationCode, gateway } = facts
  return `${gateway.name} (simulator), ${gateway.environment}: ${applicationCode}, ${connection.id}`
}

/** A value inside an XML attribute or element. */
export function xmlText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  }
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
}

/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
