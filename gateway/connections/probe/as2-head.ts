import type { Socket } from 'node:net'
import { errorCode } from '../../durable-files.ts'
import type { StepLimits } from './name-and-tcp.ts'
import { probeStep, type ProbeCode } from './probe-answers.ts'
import type { ProbeStep, ProbeTarget } from './probe.ts'
import { StepTimeout, within } from './step-timer.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { request } = process.getBuiltinModule('node:http')

/** Asks an AS2 server for nothing (HEAD): any answer in HTTP shows that it is there. */
export async function askHead(
  socket: Socket,
  {
    target: { url },
    limits: { seconds, signal },
  }: { readonly target: ProbeTarget; readonly limits: StepLimits },
): Promise<ProbeStep> {
  const start = performance.now()
  const { pathname, search, host } = new URL(url ?? '')
  try {
    const status = await within(seconds, signal, (stop) =>
      head(socket, host, pathname + search, stop),
    )
    const seen = { status, path: pathname }
    return probeStep(statusCode(status), performance.now() - start, seen)
  } catch (error) {
    const code: ProbeCode = error instanceof StepTimeout ? 'HTTP_SILENT' : 'HTTP_NOT_SPOKEN'
    const seen = { seconds, why: errorCode(error) ?? '' }
    return probeStep(code, performance.now() - start, seen)
  } finally {
    socket.destroy()
  }
}

function statusCode(status: number): ProbeCode {
  if (status >= 500 && status !== 501) return 'HTTP_IN_TROUBLE'
  return status === 404 || status === 410 ? 'HTTP_NO_SUCH_PATH' : 'HTTP_ANSWERS'
}

function head(socket: Socket, host: string, path: string, stop: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'HEAD',
      path,
      headers: { Host: host, 'User-Agent': 'Raccord probe', Connection: 'close' },
      createConnection: () => socket,
      signal: stop,
    })
    asked.once('error', reject)
    asked.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.end()
  })
}
