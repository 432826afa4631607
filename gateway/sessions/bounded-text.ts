/** A peer's words in a row, at most. */
const MAX_CHARACTERS = 4_096

/** What of a peer's words is kept. */
export function boundedText(value: string): string {
  return value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value
}
