/** What every command is given besides its own arguments. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly language: Language
}

export type Language = 'en' | 'fr'
