/**
 * Where a stream of events stands: the last event of flows and the last change of connections that
 * it has passed, and until when it has told what runs, alerts and sessions are. Its text is the id of
 * every event, so that a stream goes on where it was cut.
 */
export interface EventCursor {
  /** `flow_events.id`. */
  readonly flowEvent: number
  /** `connections.revision`. */
  readonly revision: number
  /** System time in milliseconds; absent: nothing was told of them. */
  readonly at?: number
}

export const writeCursor = ({ flowEvent, revision, at }: EventCursor): string =>
  at === undefined ? `${flowEvent}-${revision}` : `${flowEvent}-${revision}-${at}`

/** @returns undefined for what is no id of ours */
export function readCursor(text: string): EventCursor | undefined {
  const match = /^(\d{1,15})-(\d{1,15})(?:-(\d{1,15}))?$/.exec(text.trim())
  if (match === null) return undefined
  const [, flowEvent, revision, at] = match
  return {
    flowEvent: Number(flowEvent),
    revision: Number(revision),
    ...(at === undefined ? {} : { at: Number(at) }),
  }
}
