import { describe, expect, test } from 'vitest'
import { WORKED_OTHERS, WORKED_READ, WORKED_WRITE } from '../../test/support/pesit-worked-bytes.ts'
import type { WorkedFpdu } from '../../test/support/pesit-worked-bytes.ts'
import { diagnostic } from './diagnostics.ts'
import { decodeFpdu, encodeFpdu } from './fpdu.ts'
import type { DataFpdu } from './fpdu.ts'
import { FPDU_NAMES, isDataFpdu } from './fpdu-types.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { stepSession } from './session-machine.ts'
import type { SessionAction, SessionInput, SessionRules } from './session-events.ts'
import type { ParameterValues } from './parameter-table.ts'
import { newSession } from './session-state.ts'
import type { SessionState } from './session-state.ts'
import { SESSION_STATES } from './session-states.ts'
import type { Role, StateName } from './session-states.ts'

const RULES: SessionRules = {
  strictness: 'lenient',
  sync: { intervalKib: 64, window: 4 },
  mayResynchronise: true,
  compressions: [3, 1, 2],
  maxEntityBytes: 65_535,
}
const OK = diagnostic('0/000')

/** Drives one machine, and keeps what it did. */
class Driver {
  session: SessionState
  actions: readonly SessionAction[] = []

  constructor(role: Role, own: number) {
    this.session = newSession(role, own)
  }

  step(input: SessionInput): this {
    const { session, actions } = stepSession(this.session, input, RULES)
    this.session = session
    this.actions = actions
    return this
  }

  receive(hex: string): this {
    return this.step({ kind: 'received', fpdu: decodeFpdu(Buffer.from(hex, 'hex')) })
  }

  wish(name: ParameterFpduName, values: ParameterValues = {}): this {
    return this.step({ kind: 'wish', name, values })
  }

  data(text: string): this {
    const fpdu = { name: 'DTF', destination: 0, octetSix: 0, data: Buffer.from(text) } as const
    return this.step({ kind: 'wish-data', fpdu })
  }

  /** Plays worked FPDUs: ours are wished for, the peer's come. */
  play(session: readonly WorkedFpdu[]): this {
    const ours = this.session.role === 'requester' ? 'C' : 'S'
    for (const { direction, name, content, hex, octetSix } of session) {
      if (direction !== ours) this.receive(hex)
      else if (isDataFpdu(name)) {
        const fpdu: DataFpdu = { name, destination: 0, octetSix, data: content as Buffer }
        this.step({ kind: 'wish-data', fpdu })
      } else this.wish(name, content as ParameterValues)
    }
    return this
  }

  get kinds(): readonly string[] {
    return this.actions.map((action) => action.do)
  }

  /** What was sent in the last step. */
  get sent(): readonly string[] {
    return this.actions.flatMap((action) =>
      action.do === 'send' ? [encodeFpdu(action.fpdu).toString('hex')] : [],
    )
  }
}

/** In the data phase of the worked sessions, up to and with the first data. */
function inData(role: Role, access: 'write' | 'read'): Driver {
  const worked = access === 'write' ? WORKED_WRITE.slice(0, 9) : WORKED_READ.slice(0, 9)
  const own = role === 'requester' ? 1 : access === 'write' ? 0x22 : 0x31
  // Resynchronisation too, which the worked sessions do not ask for.
  const driver = new Driver(role, own).play(worked)
  const { terms } = driver.session
  if (terms !== undefined)
    driver.session = { ...driver.session, terms: { ...terms, mayResynchronise: true } }
  return driver
}

describe.each([
  ['a client that sends', 'requester', 1, WORKED_WRITE],
  ['a server that receives', 'server', 0x22, WORKED_WRITE],
  ['a client that fetches', 'requester', 1, WORKED_READ],
  ['a server that gives', 'server', 0x31, WORKED_READ],
] as const)('%s', (_name, role, own, worked) => {
  test('goes through the worked session to its end, byte for byte', () => {
    const driver = new Driver(role, own)
    const ours = role === 'requester' ? 'C' : 'S'
    const sent: string[] = []
    for (const row of worked) {
      driver.play([row])
      sent.push(...driver.sent)
      expect(driver.kinds).not.toContain('break')
    }
    expect(driver.session.state).toBe('END')
    expect(sent).toEqual(worked.filter((row) => row.direction === ours).map(({ hex }) => hex))
  })

  test('answers every FPDU in every state without an exception, and never stays where it is illegal', () => {
    for (const state of Object.keys(SESSION_STATES[role]) as StateName[]) {
      for (const row of [...worked, ...WORKED_OTHERS]) {
        const bytes = Buffer.from(row.hex, 'hex')
        bytes.writeUInt8(row.name === 'CONNECT' ? 0 : own, 4)
        const driver = new Driver(role, own)
        driver.session = { ...driver.session, state, peer: 7 }
        driver.receive(bytes.toString('hex'))
        expect(driver.actions.length).toBeGreaterThan(0)
        const isAnswered = driver.kinds.includes('tell') || driver.kinds.includes('ignore')
        expect(isAnswered || driver.kinds.includes('break')).toBe(true)
      }
    }
  })
})

test('what does not belong in a state is ABORT 3/311 and the end', () => {
  const driver = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2)).receive('0006c0022200')
  expect(driver.sent).toEqual(['000b402501220203030137'])
  expect(driver.session.state).toBe('END')
})

test('before anybody is known a fault is a plain close', () => {
  expect(new Driver('server', 0x22).receive('0006c0020000').kinds).toEqual(['break', 'close'])
})

test('an FPDU for another connection is refused', () => {
  const driver = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2)).receive('0006c0022300')
  expect(driver.kinds).toContain('break')
})

test('conflict 10: RCONNECT has 0 in octet 6', () => {
  const driver = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 1))
  driver.wish('RCONNECT', { diagnostic: diagnostic('3/304'), freeText: 'bad password' })
  expect(driver.sent).toEqual(['0019402201000203030130630c6261642070617373776f7264'])
  expect(driver.session.state).toBe('END')
})

test('conflict 15: reading on a connection for writing is refused by 3/305, and it stays usable', () => {
  const driver = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2))
  driver.receive('0021c0122200090c0b01000c07524554303030310d01000e01e011010119021000')
  expect(driver.sent).toEqual(['000bc03101000203030131'])
  expect(driver.session.state).toBe('CN03')
})

test('conflict 6: on a read the requester sends TRANS.END', () => {
  const driver = inData('requester', 'read').receive('000bc00401000203000000')
  driver.wish('TRANS.END', { dataBytes: 18n, articles: 1 })
  expect(driver.session.state).toBe('TDL08')
})

test('conflict 17: a warning in an answer counts as success, with a note', () => {
  const driver = new Driver('requester', 1).play(WORKED_WRITE.slice(0, 7))
  driver.receive('000ec03601000203010064120100')
  expect(driver.session.state).toBe('TDE02')
  expect(driver.actions[0]).toMatchObject({ notes: ['ACK(WRITE) with the warning 1/100'] })
})

test('conflict 14: both interrupt: the requester waits, then acknowledges; the server gives way', () => {
  const values = { diagnostic: diagnostic('2/216'), endCode: 16 }
  const requester = inData('requester', 'write').wish('IDT', values)
  requester.receive('000ec006010002030200d813010c')
  expect(requester.actions).toEqual([
    { do: 'ignore', name: 'IDT' },
    { do: 'timer', timer: 'collision' },
  ])
  requester.step({ kind: 'expired', timer: 'collision' })
  expect(requester.sent).toEqual(['0006c03a2200'])
  expect(requester.receive('0006c03a0100').kinds).toEqual(['ignore'])
  const server = inData('server', 'write').wish('IDT', { ...values, endCode: 12 })
  expect(server.receive('000ec006220002030200d8130110').session.state).toBe('TDE06')
  expect(server.wish('ACK(IDT)').session.state).toBe('OF02')
})

test('after a cancel nothing is opened or started before DESELECT', () => {
  const driver = inData('server', 'write').receive('000ec006220002030200d8130110').wish('ACK(IDT)')
  expect(driver.receive('0006c0022200').kinds).toContain('break')
})

test('after an error a new start is legal again', () => {
  const driver = inData('server', 'write').receive('000ec006220002030200d8130104').wish('ACK(IDT)')
  expect(driver.receive('0006c0022200').session.state).toBe('TDE01')
})

test('a sender stops at the window and goes on with the answer', () => {
  const driver = inData('requester', 'write')
  driver.wish('SYN', { syncPoint: 1 }).data('x').wish('SYN', { syncPoint: 2 })
  expect(driver.data('x').kinds).toEqual(['drop'])
  expect(driver.wish('SYN', { syncPoint: 3 }).kinds).toEqual(['drop'])
  expect(driver.receive('0009c0380100140102').data('x').kinds).toEqual(['send'])
})

test('a receiver refuses points out of order, beyond the window, and too much data between', () => {
  expect(inData('server', 'write').receive('0009c0032200140102').sent[0]).toMatch(/^000b4025/)
  const hasty = inData('server', 'write')
  hasty.receive('0009c0032200140101').receive('0009c0032200140102').receive('0009c0032200140103')
  expect(hasty.sent).toEqual(['000ec006010002030200d9130104'])
})

test('conflict 16: one entity beyond the interval is tolerated, then 2/222 interrupts', () => {
  const driver = inData('server', 'write')
  const dtf = `100000002200${'41'.repeat(4_090)}`
  for (let count = 0; count < 9; count += 1) driver.receive(dtf)
  expect(driver.session.state).toBe('TDE02')
  expect(driver.receive(dtf).sent).toEqual(['000ec006010002030200de130104'])
  expect(driver.session.state).toBe('TDE05')
  expect(driver.receive(dtf).kinds).toEqual(['ignore'])
  expect(driver.receive('0006c03a2200').session.state).toBe('OF02')
})

test('a receiver that asks to resynchronise ignores what was under way, and both go back', () => {
  const receiver = inData('server', 'write').receive('0009c0032200140101')
  receiver
    .wish('ACK(SYN)', { syncPoint: 1 })
    .wish('RESYN', { diagnostic: diagnostic('1/100'), restartPoint: 1 })
  expect(receiver.receive('000b0000220048454c4c4f').kinds).toEqual(['ignore'])
  expect(receiver.receive('0009c0392200120101').session).toMatchObject({
    state: 'TDE02',
    sync: { last: 1, acknowledged: 1, bytesSince: 0 },
  })
})

test('damaged bytes resynchronise where that is agreed, and end the connection where not', () => {
  const driver = inData('server', 'write').step({ kind: 'damaged' })
  expect(driver.sent).toEqual(['000ec00501000203010064120100'])
  const early = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2)).step({ kind: 'damaged' })
  expect(early.sent).toEqual(['000b402501220203030136'])
})

test('the sixth resynchronisation of a transfer is 3/320', () => {
  const driver = inData('requester', 'write')
  for (let count = 0; count < 5; count += 1) {
    driver.receive('000ec00501000203010064120100').wish('ACK(RESYN)', { restartPoint: 0 })
  }
  expect(driver.receive('000ec00501000203010064120100').sent).toEqual(['000b402522010203030140'])
})

test('a restart point in a new transfer is refused, in a restart it is where both go on', () => {
  const fresh = new Driver('requester', 1).play(WORKED_WRITE.slice(0, 7))
  expect(fresh.receive('000ec03601000203000000120103').kinds).toContain('break')
  const again = new Driver('requester', 1).play(WORKED_WRITE.slice(0, 2))
  const create = WORKED_OTHERS.find(({ name }) => name === 'CREATE')
  again.wish('CREATE', create?.content as ParameterValues).play(WORKED_WRITE.slice(3, 7))
  again.receive('000ec03601000203000000120103')
  expect(again.session.sync.last).toBe(3)
})

test('time-outs: idle, silent, and a peer that does not close', () => {
  const idle = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2))
  expect(idle.step({ kind: 'expired', timer: 'Td' }).sent).toEqual(['000b402501220203030139'])
  expect(idle.step({ kind: 'expired', timer: 'Tr' }).kinds).toEqual(['close'])
  const silent = inData('server', 'write').step({ kind: 'expired', timer: 'Tp' })
  expect(silent.sent).toEqual(['000b40250122020303013d'])
  const client = new Driver('requester', 1).play(WORKED_WRITE.slice(0, 2))
  expect(client.step({ kind: 'expired', timer: 'Td' }).sent).toEqual(['000b402322010203000000'])
})

test('a wish that comes too late is dropped, not sent', () => {
  const driver = inData('server', 'write').receive('000ec006220002030200d8130104')
  expect(driver.wish('ACK(SYN)', { syncPoint: 1 }).kinds).toEqual(['drop'])
})

test('messages go in one or in many, and are answered', () => {
  const msg = WORKED_OTHERS.find(({ name }) => name === 'MSG')?.hex ?? ''
  const driver = new Driver('server', 0x22).play(WORKED_WRITE.slice(0, 2)).receive(msg)
  expect(driver.wish('ACK(MSG)', { diagnostic: OK, transferId: 1 }).session.state).toBe('CN03')
  driver
    .receive(msg.replace('c016', 'c017'))
    .receive('0009c01822005b0141')
    .receive('0009c01922005b0142')
  expect(driver.session.state).toBe('MG04')
})

test('the tables name no FPDU that does not exist', () => {
  const known = new Set<string>(FPDU_NAMES)
  for (const table of Object.values(SESSION_STATES)) {
    for (const event of Object.values(table).flatMap((row) => Object.keys(row))) {
      expect(known.has(event.slice(1).replace(/[+-]$/, ''))).toBe(true)
    }
  }
})
