import type { PesitSettings } from '../config/pesit-settings.ts'
import { tryConnect } from '../protocols/pesit/probe-dialogue.ts'
import type { Connections } from './connections/connections.ts'
import type { ProbeDialogue } from './connections/probe/outbound-probe.ts'
import { probeStep } from './connections/probe/probe-answers.ts'

/**
 * Part of the composition root: the last step of a probe of a PeSIT partner, CONNECT and RELEASE as
 * the delivery of a return flow would say them.
 */
export function startPesitProbe(
  settings: PesitSettings,
  connections: Pick<Connections, 'find'>,
): ProbeDialogue {
  return async (socket, { connection, limits: { seconds, signal } }) => {
    const start = performance.now()
    const { network } = connection.running ?? connection.form
    const { answer, ...names } = await tryConnect(socket, {
      settings,
      partner: {
        requesterId: network?.pesit?.requesterId,
        serverId: network?.pesit?.serverId,
        applicationCode: connection.applicationCode,
        // The document hides the password that CONNECT has to say.
        overrides: connections.find(connection.id)?.overrides.pesit ?? {},
      },
      seconds,
      signal,
    })
    const took = performance.now() - start
    switch (answer.kind) {
      case 'answered':
        return probeStep('PESIT_ANSWERS', took, { ...names, sync: answer.sync })
      case 'no-goodbye':
        return probeStep('PESIT_NO_GOODBYE', took, { ...names, why: answer.why })
      case 'refused': {
        const { kind: _, ...said } = answer
        return probeStep('PESIT_REFUSED', took, { ...names, ...said })
      }
      case 'silent':
        return probeStep('PESIT_SILENT', took, { ...names, seconds })
      case 'not-spoken':
        return probeStep('PESIT_NOT_SPOKEN', took, { ...names, why: answer.why })
    }
  }
}
