import { ERRORS, type ErrorCode } from '../errors.ts'
import type { ProtocolName } from '../flow.ts'
import type { RunFile } from '../run-file.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import type { Patient } from './patient.ts'
import { reach } from './reach.ts'

const PROTOCOLS: Readonly<Record<ProtocolName, string>> = {
  sftp: 'SFTP',
  as2: 'AS2',
  pesit: 'PeSIT',
}
/** `/readyz` gives up on a part after four. */
const READY_MILLISECONDS = 8_000
const SUBJECT = { en: 'gateway', fr: 'passerelle' }

/** What `/readyz` answers. */
export interface ReadyAnswer {
  readonly isReady: boolean
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    readonly detail: string
  }[]
}

/** The gateway itself: is it there, does it answer where it says, what does it say of itself. */
export function examineGateway(ask: (run: RunFile) => Promise<ReadyAnswer>) {
  return async ({ run, isRunning, config }: Patient): Promise<readonly Diagnosis[]> => {
    if (run === undefined) return [found('gateway-stopped', config.data)]
    if (!isRunning) {
      const detail = {
        en: `process ${run.pid} of run.json is gone: it was killed`,
        fr: `le processus ${run.pid} de run.json n’existe plus : il a été tué`,
      }
      return [found('gateway-gone', detail)]
    }
    const checks = [
      ...run.listeners.map((listener) => greeting(listener)),
      ...(run.url === null && run.healthUrl === undefined ? [] : [ownChecks(run, ask)]),
    ]
    return [ofProcess(run), ...(await Promise.all(checks)).flat()]
  }
}

function ofProcess(run: RunFile): Diagnosis {
  try {
    process.kill(run.pid, 0)
    return well(SUBJECT, `version ${run.version}, pid ${run.pid}, ${run.environment}`)
  } catch {
    return found('gateway-of-another', `pid ${run.pid}`)
  }
}

/** SSH's server says its name before anything else; the other protocols wait for the caller. */
async function greeting(listener: RunFile['listeners'][number]): Promise<Diagnosis[]> {
  const { protocol, host, port } = listener
  const subject = PROTOCOLS[protocol]
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  try {
    const line = await reach(target, port, { isGreeted: protocol === 'sftp' })
    const where = `${host}:${port}`
    return [
      line === ''
        ? well(subject, { en: `${where} takes connections`, fr: `${where} prend les connexions` })
        : well(subject, { en: `${where} answers ${line}`, fr: `${where} répond ${line}` }),
    ]
  } catch (error) {
    return [found('listener-silent', saidBy(error), { subject })]
  }
}

async function ownChecks(
  run: RunFile,
  ask: (run: RunFile) => Promise<ReadyAnswer>,
): Promise<Diagnosis[]> {
  try {
    const { isReady, checks } = await within(ask(run))
    return checks.map(({ name, ok, detail }) => {
      if (ok) return well(name, detail)
      // Ready all the same: partners are served without it.
      const problem = isReady ? 'part-away' : 'part-not-ready'
      const row = ERRORS[detail as ErrorCode]
      return found(problem, detail, {
        subject: name,
        ...(row === undefined ? {} : { remedy: row.remedy }),
      })
    })
  } catch {
    const detail = run.url ?? run.healthUrl ?? ''
    return [found('listener-silent', detail, { subject: 'API' })]
  }
}

function within<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer')), READY_MILLISECONDS)
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer))
}
