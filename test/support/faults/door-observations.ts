import { connect } from 'node:net'
import type { FaultName, FaultParameter } from '../../../gateway/faults/fault-table.ts'
import { FAULTS, PESIT_PHASES } from '../../../gateway/faults/fault-table.ts'
import type { ProtocolName } from '../../../gateway/flow.ts'
import type { As2ExchangePartner } from '../exchange/over-as2.ts'
import type { ExchangePartner } from '../exchange/exchange-way.ts'
import type { PesitExchangePartner } from '../exchange/over-pesit.ts'

/** A partner of each protocol, with a client that shares no code with the gateway. */
export interface PartnersByProtocol {
  readonly sftp: ExchangePartner
  readonly as2: As2ExchangePartner
  readonly pesit: PesitExchangePartner
}

/** A flow to send, and where the gateway listens. */
export interface SentFlow {
  readonly name: string
  readonly content: Buffer
  readonly host: string
  readonly port: number
}

/** What a client is to see of a fault that is put at the door. */
export interface DoorObservation<Protocol extends ProtocolName> {
  readonly values?: Readonly<Record<string, number | string>>
  readonly says: RegExp
  /** Whether the flow was taken all the same. */
  readonly taken: 0 | 1
  /** How it is sent, when not as ever. */
  readonly send?: (partner: PartnersByProtocol[Protocol], flow: SentFlow) => Promise<string>
}

type ByProtocol = {
  readonly [Protocol in ProtocolName]?: readonly DoorObservation<Protocol>[]
}

/** What each client says when all is well. */
export const GOOD: Readonly<Record<ProtocolName, RegExp>> = {
  sftp: /^exit 0 /,
  as2: /^exit 0, HTTP 200, signed, processed, MIC right, id right$/,
  pesit: /^received/,
}

/** And when the line is gone. */
const LOST = {
  sftp: /^exit [1-9]\d* .*(closed|reset|lost|broken pipe)/is,
  as2: /^exit (7|18|35|52|55|56), HTTP 0$/,
  pesit: /^closed/,
} as const
const AS2_GOOD = (change: string): RegExp => new RegExp(`^exit 0, HTTP 200, ${change}$`)

const lost = (taken: 0 | 1, values: Readonly<Record<string, number>> = {}): ByProtocol => ({
  sftp: [{ says: LOST.sftp, taken, values }],
  as2: [{ says: LOST.as2, taken, values }],
  pesit: [{ says: LOST.pesit, taken, values }],
})
const refused = (
  pesit: RegExp,
  values: Readonly<Record<string, number | string>> = {},
): ByProtocol => ({
  sftp: [{ says: /^exit 1 .*Failure/s, taken: 0, values }],
  as2: [{ says: /^exit 0, HTTP 503$/, taken: 0, values }],
  pesit: [{ says: pesit, taken: 0, values }],
})
/** A partner that is known is told what strangers are. */
const asStranger = (values: Readonly<Record<string, string>> = {}): ByProtocol => ({
  sftp: [{ says: /^exit 255 .*Permission denied/s, taken: 0, values }],
  as2: [{ says: /processed\/error: unknown-trading-relationship/, taken: 0, values }],
  pesit: [{ says: /^refused 3\/304 RCONNECT 3\/304 access refused$/, taken: 0, values }],
})
const merged = (...all: readonly ByProtocol[]): ByProtocol => ({
  sftp: all.flatMap(({ sftp = [] }) => sftp),
  as2: all.flatMap(({ as2 = [] }) => as2),
  pesit: all.flatMap(({ pesit = [] }) => pesit),
})

/** Sends, and says how long it took at least. */
const timed = async (partner: ExchangePartner, { name, content }: SentFlow): Promise<string> => {
  const start = performance.now()
  const said = await partner.tell(name, content)
  return `${said} after ${performance.now() - start >= 450 ? 'a while' : 'no time'}`
}
const AFTER_A_WHILE = {
  sftp: /^exit 0 .*after a while$/s,
  as2: /processed, MIC right, id right after a while$/,
  pesit: /^received after a while$/,
} as const
const slowed = (values: Readonly<Record<string, number>>): ByProtocol => ({
  sftp: [{ says: AFTER_A_WHILE.sftp, taken: 1, values, send: timed }],
  as2: [{ says: AFTER_A_WHILE.as2, taken: 1, values, send: timed }],
  pesit: [{ says: AFTER_A_WHILE.pesit, taken: 1, values, send: timed }],
})

/** The line opens; whatever is said, no answer comes. */
const listened = async (_partner: ExchangePartner, { host, port }: SentFlow): Promise<string> => {
  const socket = connect(port, host)
  let came = 0
  socket.on('data', (chunk: Buffer) => {
    came += chunk.length
  })
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.write('GET / HTTP/1.1\r\n\r\n')
  const ended = new Promise((resolve) => {
    socket.once('close', () => resolve('closed'))
  })
  const silence = new Promise((resolve) => {
    setTimeout(() => resolve('silent'), 500)
  })
  const end = await Promise.race([ended, silence])
  socket.destroy()
  return `opened, ${String(end)}, ${came} bytes`
}
const SILENCE = { says: /^opened, silent, 0 bytes$/, taken: 0, send: listened } as const

const negative = (disposition: string): DoorObservation<'as2'> => ({
  values: { disposition },
  says: AS2_GOOD(`signed, ${disposition}, MIC (right|wrong), id right`),
  taken: 1,
})
const choices = (name: 'mdn-negative' | 'http-error' | 'certificate-refused'): readonly string[] =>
  Object.values<FaultParameter>({ ...FAULTS[name].parameters }).flatMap((parameter) =>
    parameter.kind === 'choice' ? parameter.choices : [],
  )

/** Flows taken when ABORT comes in that phase. */
const TAKEN_BY: ReadonlySet<string> = new Set(['end', 'close', 'deselect', 'release'])
const MESSAGE = { fileName: 'FSO1110A', body: 'A word on the last flow' }
/** Sync points in the middle of the flow, so that a window fills. */
const SYNC = { intervalKib: 16, window: 2 }
const CUT_AFTER = 80_000

const sayMessage: NonNullable<DoorObservation<'pesit'>['send']> = (partner) =>
  partner.told(() => partner.call((initiator) => initiator.sendMessage(MESSAGE)))

const aborted = (phase: string): DoorObservation<'pesit'> => ({
  values: { phase },
  says: /^aborted 3\/399/,
  taken: TAKEN_BY.has(phase) ? 1 : 0,
  ...(phase === 'message' ? { send: sayMessage } : {}),
})
/** Sends with check bytes in each FPDU. */
const checked =
  (more: { readonly resync?: boolean } = {}): NonNullable<DoorObservation<'pesit'>['send']> =>
  (partner, { name, content }) =>
    partner.told(() =>
      partner.call((initiator) => initiator.sendFile(partner.orderOf(name, content)), {
        hasCrc: true,
        sync: SYNC,
        ...more,
      }),
    )
/** Cut in the middle, then taken up again. */
const restarted: NonNullable<DoorObservation<'pesit'>['send']> = async (
  partner,
  { name, content },
) => {
  const order = { ...partner.orderOf(name, content), transferId: 7 }
  const send = (isRestart: boolean, more: { readonly cutAfterDataBytes?: number }) =>
    partner.call((initiator) => initiator.sendFile({ ...order, isRestart }), {
      sync: SYNC,
      ...more,
    })
  const cut = await partner.told(() => send(false, { cutAfterDataBytes: CUT_AFTER }))
  const { startPoint } = await send(true, {})
  return `${cut.split(' ', 1)[0]}, received from point ${startPoint}`
}
/** Says which FPDUs came as well. */
const traced =
  (more: { readonly resync?: boolean; readonly timeoutMs?: number }) =>
  async (partner: PesitExchangePartner, { name, content }: SentFlow): Promise<string> => {
    let names: readonly string[] = []
    const said = await partner.told(() =>
      partner.call(
        async (initiator) => {
          try {
            await initiator.sendFile(partner.orderOf(name, content))
          } finally {
            names = initiator.link.names('received')
          }
        },
        { sync: SYNC, ...more },
      ),
    )
    const count = (one: string): number => names.filter((received) => received === one).length
    return `${said.split(' ', 1)[0]}, ACK(SYN) ${count('ACK(SYN)')}, RESYN ${count('RESYN')}`
  }

/** Each fault that a partner meets while it sends, as the client of each protocol sees it. */
export const DOOR_OBSERVATIONS: Readonly<Partial<Record<FaultName, ByProtocol>>> = {
  'refuse-connect': lost(0),
  hang: { sftp: [SILENCE], as2: [SILENCE], pesit: [SILENCE] },
  'cut-line': lost(0, { bytes: 40_000 }),
  'slow-line': slowed({ kilobytesPerSecond: 200 }),
  'slow-answer': slowed({ seconds: 1 }),
  'no-answer': lost(1),
  'cut-transfer': merged(lost(0, { bytes: 0 }), lost(0, { bytes: 65_536 })),
  'disk-full': refused(/^interrupted 2\/219/, { bytes: 65_536 }),
  'disk-read-only': refused(/^refused 2\/201/),
  'journal-away': refused(/^refused 2\/201/),
  'certificate-refused': merged(
    ...choices('certificate-refused').map((reason) => asStranger({ reason })),
  ),
  'connection-off': asStranger(),

  'sftp-auth-failure': { sftp: [{ says: /^exit 255 .*Permission denied/s, taken: 0 }] },
  'sftp-host-key': {
    sftp: [{ says: /IDENTIFICATION HAS CHANGED|Host key verification failed/, taken: 0 }],
  },
  'sftp-old-algorithms': { sftp: [{ says: /no matching cipher found/, taken: 0 }] },
  'sftp-permission-denied': { sftp: [{ says: /^exit 1 .*Permission denied/s, taken: 0 }] },
  'sftp-quota': {
    sftp: [{ says: /^exit 1 .*write remote .*Failure/s, taken: 0, values: { bytes: 65_536 } }],
  },
  'sftp-close-failure': { sftp: [{ says: /^exit 1 .*Failure/s, taken: 1 }] },
  'sftp-rename-refused': { sftp: [{ says: /^exit 1 .*rename .*Failure/s, taken: 0 }] },

  'mdn-negative': { as2: choices('mdn-negative').map(negative) },
  'mdn-unsigned': {
    as2: [{ says: AS2_GOOD('not signed, processed, MIC right, id right'), taken: 1 }],
  },
  'mdn-bad-signature': { as2: [{ says: AS2_GOOD('bad signature'), taken: 1 }] },
  'mdn-wrong-mic': {
    as2: [{ says: AS2_GOOD('signed, processed, MIC wrong, id right'), taken: 1 }],
  },
  'mdn-wrong-id': {
    as2: [{ says: AS2_GOOD('signed, processed, MIC right, id wrong'), taken: 1 }],
  },
  'mdn-none': { as2: [{ says: /^exit 0, HTTP 200$/, taken: 1 }] },
  'http-error': {
    as2: choices('http-error').map((status) => ({
      values: { status },
      says: new RegExp(`^exit 0, HTTP ${status}$`),
      taken: 0,
    })),
  },

  'pesit-refuse-connect': {
    pesit: ['3/301', '3/304'].map((diagnostic) => ({
      values: { diagnostic },
      says: new RegExp(`^refused ${diagnostic} RCONNECT`),
      taken: 0,
    })),
  },
  'pesit-refuse-end': { pesit: [{ says: /^refused 3\/319 ACK\(TRANS\.END\)/, taken: 1 }] },
  'pesit-unknown-file': { pesit: [{ says: /^refused 2\/205 ACK\(CREATE\)/, taken: 0 }] },
  'pesit-abort': { pesit: PESIT_PHASES.map(aborted) },
  'pesit-no-sync-answer': {
    pesit: [
      {
        values: { point: 2 },
        says: /^timeout, ACK\(SYN\) 1,/,
        taken: 0,
        send: traced({ timeoutMs: 8_000 }),
      },
    ],
  },
  'pesit-resync': {
    pesit: [
      {
        values: { point: 1 },
        says: /^received, .*RESYN 1$/,
        taken: 1,
        send: traced({ resync: true }),
      },
    ],
  },
  'pesit-restart-point': {
    pesit: [
      {
        values: { point: 1 },
        says: /^closed, received from point 1$/,
        taken: 1,
        send: restarted,
      },
    ],
  },
  'pesit-unknown-point': {
    pesit: [{ says: /^protocol .*ACK\(WRITE\) asks for point 999/, taken: 0 }],
  },
  'pesit-wrong-checksum': {
    pesit: [
      { values: { phase: 'create' }, says: /wrong CRC|DAMAGED/, taken: 0, send: checked() },
      { values: { phase: 'data' }, says: /wrong CRC|DAMAGED/, taken: 0, send: checked() },
      { values: { phase: 'end' }, says: /wrong CRC|DAMAGED/, taken: 1, send: checked() },
    ],
  },
  'pesit-too-long': {
    pesit: [
      { values: { what: 'message' }, says: /^aborted 3\/318/, taken: 0, send: sayMessage },
      { values: { what: 'article' }, says: /^interrupted 2\/220/, taken: 0 },
    ],
  },
}
