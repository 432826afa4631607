import { connect } from 'node:net'

const MILLISECONDS = 3_000

/**
 * Connects by TCP, and reads the first line where the server speaks first.
 * @returns that line, else nothing @throws why it cannot be reached
 */
export function reach(
  host: string,
  port: number,
  options: { readonly isGreeted?: boolean } = {},
): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ host, port, timeout: MILLISECONDS })
    const end = (settle: () => void): void => {
      socket.destroy()
      settle()
    }
    if (options.isGreeted !== true) socket.once('connect', () => end(() => done('')))
    socket.once('data', (bytes) =>
      end(() => done(bytes.toString('latin1').split(/\r?\n/)[0] ?? '')),
    )
    socket.once('timeout', () => end(() => fail(new Error(`${host}:${port} says nothing`))))
    socket.once('close', () => fail(new Error(`${host}:${port} closed without a word`)))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(() => fail(new Error(`${host}:${port} ${error.code ?? error.message}`))),
    )
  })
}
