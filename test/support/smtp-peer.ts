import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A mail as the server took it. */
export interface ReceivedMail {
  readonly from: string
  readonly to: string
  readonly subject: string
  /** Decoded, line ends as LF. */
  readonly text: string
}

export interface SmtpPeer {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Answers the next mails with 451 instead of taking them. */
  refuseNext(count: number): void
  stop(): Promise<void>
}

/** A mail server on the loopback, written from RFC 5321 (commands) and RFC 2045, 2047 (content). */
export async function startSmtpPeer(): Promise<SmtpPeer> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  let refusals = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let from = ''
    let to = ''
    let data: string[] | undefined
    const answer = (line: string) => socket.write(`${line}\r\n`)
    const takeData = (line: string): void => {
      if (line !== '.') {
        // RFC 5321 §4.5.2: a line that starts with a dot was given another one.
        data?.push(line.startsWith('.') ? line.slice(1) : line)
        return
      }
      if (refusals > 0) {
        refusals -= 1
        answer('451 try again later')
      } else {
        mails.push({ from, to, ...readMessage(data ?? []) })
        answer('250 taken')
      }
      data = undefined
    }
    answer('220 peer.example ESMTP')
    createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) => {
      if (data !== undefined) return takeData(line)
      const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
      switch (line.slice(0, 4).toUpperCase()) {
        case 'EHLO':
        case 'HELO':
          answer('250 peer.example')
          break
        case 'MAIL':
          from = address
          answer('250 ok')
          break
        case 'RCPT':
          to = address
          answer('250 ok')
          break
        case 'DATA':
          data = []
          answer('354 go on')
          break
        case 'RSET':
        case 'NOOP':
          answer('250 ok')
          break
        case 'QUIT':
          answer('221 bye')
          socket.end()
          break
        default:
          answer('502 not known here')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    refuseNext: (count) => {
      refusals = count
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function readMessage(lines: readonly string[]): { subject: string; text: string } {
  const end = lines.indexOf('')
  // RFC 5322 §2.2.3: a header goes on in lines that start with a blank.
  const headers = lines
    .slice(0, end)
    .join('\n')
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')
  const header = (name: string): string =>
    headers.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1) ?? ''
  const body = lines.slice(end + 1).join('\n')
  const encoding = header('content-transfer-encoding').trim().toLowerCase()
  return {
    subject: decodeWords(header('subject').trim()),
    text:
      encoding === 'base64'
        ? Buffer.from(body, 'base64').toString('utf8')
        : encoding === 'quoted-printable'
          ? quotedPrintable(body)
          : body,
  }
}

/** RFC 2047 §4; blanks between two encoded words do not count (§6.2). */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, kind: string, value: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(value, 'base64').toString('utf8')
        : quotedPrintable(value.replaceAll('_', ' ')),
    )
}

/** RFC 2045 §6.7. */
function quotedPrintable(text: string): string {
  const bytes = text
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([\dA-F]{2})/gi, (_hex, pair: string) =>
      String.fromCharCode(Number.parseInt(pair, 16)),
    )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
