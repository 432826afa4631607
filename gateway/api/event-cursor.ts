/**
 * Where a stream of events stands: the last event of flows and the last change of connections that
 * it has passed. Its text is the id of every event, so that a stream goes on where it was cut.
 */
export interface EventCursor {
  /** `flow_events.id`. */
  readonly flowEvent: number
  /** `connections.revision`. */
  readonly revision: number
}

export const writeCursor = ({ flowEvent, revision }: EventCursor): string =>
  `${flowEvent}-${revision}`

/** @returns undefined for what is no id of ours */
export function readCursor(text: string): EventCursor | undefined {
  const [, flowEvent, revision] = /^(\d{1,15})-(\d{1,15})$/.exec(text.trim()) ?? []
  if (flowEvent === undefined || revision === undefined) return undefined
  return { flowEvent: Number(flowEvent), revision: Number(revision) }
}
