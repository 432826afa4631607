/**
 * What the record of a session says of a return flow that a partner asked for by a name under which
 * nothing is offered: it was never there, or is there no longer, since each is given once.
 * @param name as the partner wrote it
 * @param at business time, milliseconds UTC
 */
export function askedInVain(name: string, at: number): Readonly<Record<string, string>> {
  return { askedInVain: name, askedInVainAt: new Date(at).toISOString() }
}
