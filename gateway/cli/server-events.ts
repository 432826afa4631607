/** One event of a stream (WHATWG HTML, server-sent events). */
export interface ServerEvent {
  readonly id: string
  readonly name: string
  readonly data: string
}

/** Reads the events of a body, whatever pieces it comes in; comments are passed over. */
export async function* readServerEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  let id = ''
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = fieldsOf(text.slice(0, end))
      text = text.slice(end + 2)
      id = fields.get('id') ?? id
      const data = fields.get('data')
      if (data !== undefined || fields.has('id')) {
        yield { id, name: fields.get('event') ?? '', data: data ?? '' }
      }
    }
  }
}

function fieldsOf(block: string): ReadonlyMap<string, string> {
  const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line.split(':')
      return [name, rest.join(':').replace(/^ /, '')] as const
    }),
  )
}
