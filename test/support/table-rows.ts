/** Of the project `tables`: every row. What `npm test` runs is chosen from the same table. */
export const runsWholeTables = process.env['WHOLE_TABLES'] === 'true'

/**
 * Whether a row of a table that can be met in several places is met in this one: in `npm test` each
 * row is met in one of them, and they take turns; with whole tables in all.
 * @param ordinal of the row in its table
 */
export function isMetAt<Place>(ordinal: number, place: Place, places: readonly Place[]): boolean {
  return runsWholeTables || places[ordinal % places.length] === place
}
