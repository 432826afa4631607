// What `flows show --transcript` gives: the stored transcript of the session that brought a flow.
import { afterEach, expect, test } from 'vitest'
import { transcriptText } from '../../gateway/cli/flows-transcript.ts'
import type { FlowId } from '../../gateway/flow.ts'
import { createTranscriptOf } from '../../gateway/sessions/flow-transcript.ts'
import type { FlowTranscript } from '../../gateway/sessions/flow-transcript.ts'
import { flowName } from '../support/door-ground.ts'
import { group, number, octets, text } from '../support/pesit-peer/parameters.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'
import { startPesitReception, type PesitReception } from '../support/pesit-reception.ts'
import { sendOrder, SYNC } from '../support/pesit-samples.ts'

let reception: PesitReception
let partner: PesitInitiator

afterEach(() => reception.stop())

async function start(password?: string): Promise<void> {
  reception = await startPesitReception()
  const said = password === undefined ? {} : { password }
  partner = await reception.connect({ sync: SYNC, ...said })
}

async function leave(): Promise<void> {
  await partner.release()
  await partner.link.closed
}

async function flowIds(): Promise<readonly FlowId[]> {
  const { journal } = reception.ground
  const rows = await journal.read(journal.db.selectFrom('flows').select('id').orderBy('id'))
  return rows.map(({ id }) => id)
}

async function transcriptOf(id: FlowId): Promise<FlowTranscript> {
  const { journal, payloads, sessions } = reception.ground
  const read = createTranscriptOf(journal, payloads)
  await expect
    .poll(async () => {
      await sessions.flush()
      return typeof (await read(id))
    })
    .toBe('object')
  return (await read(id)) as FlowTranscript
}

const ONE_WRITE = (
  'CREATE ACK(CREATE) ORF ACK(ORF) WRITE ACK(WRITE) DTF DTF.END ' +
  'TRANS.END FLOW ACK(TRANS.END) CRF ACK(CRF) DESELECT ACK(DESELECT)'
).split(' ')

const said = ({ entries }: FlowTranscript): string => JSON.stringify(entries)

test('of several flows in one session, each has its own transfer and what opens and ends it', async () => {
  await start('SECRET01')
  for (const n of [1, 2, 3]) {
    await partner.sendFile(sendOrder({ label: flowName(n), content: Buffer.from(`<a${n}/>`) }))
  }
  await leave()
  const ids = await flowIds()
  expect(ids).toHaveLength(3)
  for (const [at, id] of ids.entries()) {
    const transcript = await transcriptOf(id)
    const names = transcript.entries.map(({ name }) => name)
    expect(names).toEqual(['CONNECT', 'ACONNECT', ...ONE_WRITE, 'RELEASE', 'RELCONF'])
    expect(transcript.othersLeftOut).toBe(30)
    expect(transcript.verdicts).toEqual([])
    for (const n of [1, 2, 3]) {
      expect(said(transcript).includes(flowName(n)), flowName(n)).toBe(n === at + 1)
    }
  }
})

test('every parameter is told by name, with its bytes beside it, and no secret', async () => {
  await start('SECRET01')
  await partner.sendFile(sendOrder())
  await leave()
  const [id] = await flowIds()
  const transcript = await transcriptOf(id!)
  const [connect] = transcript.entries
  expect(connect).toMatchObject({
    direction: 'in',
    layer: 'pesit',
    fields: { 'PI 3 requester': 'PARTNER1', 'PI 5 access control': '***' },
  })
  expect(connect?.hex).toContain('0508****************')
  const shown = transcriptText(transcript, 'en')
  expect(shown).toContain('→ pesit CONNECT')
  expect(shown).toContain('PI 37 file label: ')
  expect(shown).not.toContain('SECRET01')
  expect(shown).not.toContain(Buffer.from('SECRET01').toString('hex'))
  expect(shown).toContain('No rule of the protocol was broken.')
})

test('a liberty of the partner has its verdict beside the FPDU that takes it', async () => {
  await start()
  await partner.ask('CREATE', [
    group(50, text(51, '261122100000')),
    group(9, number(11, 0), text(12, 'FSO1110A')),
    number(13, 1),
    octets(17, 1),
    number(25, 4_096),
    group(30, octets(31, 0x80), number(32, 1_024), text(37, flowName(1))),
    group(40, octets(41, 0), number(42, 1)),
  ])
  await partner.ask('ORF')
  await partner.ask('WRITE')
  await partner.link.send('DTF', Buffer.from('ABCDE'))
  await partner.link.send('DTF.END', [octets(2, 0, 0, 0)])
  await partner.ask('TRANS.END', [number(27, 5), number(28, 1)])
  partner.link.cut()
  const [id] = await flowIds()
  const transcript = await transcriptOf(id!)
  const [verdict] = transcript.verdicts
  expect(transcript.entries[verdict!.entry]?.name).toBe('CREATE')
  expect(verdict?.text).toBe('PI 9 comes after PI 50')
  expect(transcriptText(transcript, 'fr')).toContain(`! ${verdict?.text}`)
})

test('while the session goes on there is none yet', async () => {
  await start()
  await partner.sendFile(sendOrder())
  const { journal, payloads, sessions } = reception.ground
  await sessions.flush()
  const [id] = await flowIds()
  expect(await createTranscriptOf(journal, payloads)(id!)).toBe('open')
  partner.link.cut()
})
