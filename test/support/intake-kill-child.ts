import { setTimeout as wait } from 'node:timers/promises'
import { flowName, openDoorGround, PARTNER, receive, SESSION } from './door-ground.ts'
import { numberedContent } from './numbered-content.ts'
import { sayLine } from './say-line.ts'

/**
 * Feeds the intake from eight senders, and moves what lands, until it is killed: `node intake-kill-child.ts FOLDER FIRST`.
 * Says `ready`, then `ack NUMBER FLOW` after each acknowledged flow.
 */
const [folder = '', first = '1'] = process.argv.slice(2)
const ground = await openDoorGround(folder)
let next = Number(first)

async function send(number: number): Promise<void> {
  const content = numberedContent(number)
  const flow =
    content.length < 1_000_000
      ? await receive(ground, flowName(number), content)
      : await receiveInPieces(number, content)
  const outcome = await ground.intake(flow)
  sayLine(outcome.outcome === 'refused' ? `refused ${number}` : `ack ${number} ${outcome.flowId}`)
}

async function receiveInPieces(number: number, content: Buffer) {
  const file = await ground.staging.open(PARTNER, 'sftp', flowName(number))
  for (let at = 0; at < content.length; at += 400_000) {
    await file.write([content.subarray(at, at + 400_000)], at)
  }
  return {
    connectionId: PARTNER,
    protocol: 'sftp',
    sessionId: SESSION,
    fileName: flowName(number),
    content: await file.seal(),
    stagedId: file.id,
    receivedAt: ground.clock.now(),
    evidence: {},
  } as const
}

async function moveNowAndThen(): Promise<never> {
  for (;;) {
    await wait(30)
    await ground.payloads.moveLanded()
  }
}

sayLine('ready')
void moveNowAndThen()
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const number = next
      next += 1
      // Every seventh comes twice at once, as from a sender that lost its patience.
      await Promise.all(number % 7 === 0 ? [send(number), send(number)] : [send(number)])
    }
  }),
)
