import { isDataName } from './fpdu-catalogue.ts'
import type { FpduName } from './fpdu-catalogue.ts'
import type { Fpdu } from './fpdu.ts'
import type { Parameter, SingleParameter } from './parameters.ts'

/**
 * What an FPDU may and must hold in Hors-SIT, in wire order (reference §6): codes with `?` may be
 * absent, `9{3? 4? 11 12}` is a PGI and its members. On a negative answer only PI 2 must be there.
 */
const LAYOUTS: Partial<Record<FpduName, string>> = {
  CONNECT: '1? 3 4 5? 6 7? 22 23? 26? 99?',
  ACONNECT: '5? 6 7? 23? 99?',
  RCONNECT: '2 29? 99?',
  RELEASE: '2 29? 99?',
  RELCONF: '99?',
  ABORT: '2 29? 99?',
  CREATE:
    '9{3? 4? 11 12} 13 15? 16? 17 25 30{31? 32 33? 37? 38? 39?} 40{41? 42} 50?{51 52?} 61? 62? 99?',
  'ACK(CREATE)': '2 13? 25 29? 99?',
  SELECT: '9{3? 4? 11 12} 13 14? 15? 17 25 61? 62? 99?',
  'ACK(SELECT)':
    '2 9{3? 4? 11 12} 13 16? 25 29? 30?{31? 32 33? 37? 38? 39?} 40?{41? 42} 50?{51 52?} 61? 62? 99?',
  DESELECT: '2 29? 99?',
  'ACK(DESELECT)': '2 29? 99?',
  ORF: '21?',
  'ACK(ORF)': '2 21? 29?',
  CRF: '2 29?',
  'ACK(CRF)': '2 29?',
  READ: '18',
  'ACK(READ)': '2 29?',
  WRITE: '',
  'ACK(WRITE)': '2 18 29?',
  'DTF.END': '2 29?',
  SYN: '20',
  'ACK(SYN)': '20',
  RESYN: '2 18 29?',
  'ACK(RESYN)': '18',
  IDT: '2 19 29?',
  'ACK(IDT)': '',
  'TRANS.END': '27? 28?',
  // PI 99 beyond the reference: the gateway says there why a flow is not taken (decisions D1).
  'ACK(TRANS.END)': '2 27? 28? 29? 99?',
  MSG: '9{3? 4? 11? 12} 13 14? 16? 17? 50?{51 52?} 61? 62? 91?',
  MSGDM: '9{3? 4? 11? 12} 13 14? 16? 17? 50?{51 52?} 61? 62? 91?',
  MSGMM: '91?',
  MSGFM: '91?',
  'ACK(MSG)': '2 13? 16? 29? 91?',
}

/** Type and greatest length of each PI (reference §5). `=`: exactly that length. */
const VALUES: Readonly<Record<number, string>> = Object.fromEntries(
  (
    '1:S1 2:A=3 3:C24 4:C24 5:C16 6:N1 7:A=3 11:N2 12:C76 13:N3 14:M1 15:S1 16:S1 17:S1 18:N3 ' +
    '19:S1 20:N3 21:A=2 22:S1 23:S1 25:N2 26:N2 27:N8 28:N4 29:A254 31:M1 32:N2 33:S1 37:C80 ' +
    '38:N2 39:N2 41:S1 42:N4 51:D=12 52:D=12 61:C24 62:C24 91:C4096 99:C254'
  )
    .split(' ')
    .map((row) => row.split(':')),
) as Record<number, string>

/** Their octet 6 is the sender's connection number; RCONNECT has none (reference §3). */
const NUMBERED: ReadonlySet<FpduName> = new Set([
  'CONNECT',
  'ACONNECT',
  'RELEASE',
  'RELCONF',
  'ABORT',
])

interface Place {
  readonly code: number
  readonly isOptional: boolean
  readonly members: readonly Place[]
}

/** @returns every fault of a received FPDU against the layouts, as sentences; empty when right */
export function faultsOf(fpdu: Fpdu): string[] {
  if (fpdu.name === 'DAMAGED') return ['FPDU with a wrong CRC']
  if (isDataName(fpdu.name)) return fpdu.data.length === 0 ? [`${fpdu.name} with no content`] : []
  const layout = LAYOUTS[fpdu.name]
  if (layout === undefined) return [`FPDU ${fpdu.bytes.toString('hex', 2, 4)} does not exist`]
  const faults = compare(fpdu.parameters, places(layout), isRefusal(fpdu))
  if (NUMBERED.has(fpdu.name) !== fpdu.octet6 > 0) faults.push(`octet 6 is ${fpdu.octet6}`)
  return faults.map((fault) => `${fpdu.name}: ${fault}`)
}

function isRefusal(fpdu: Fpdu): boolean {
  return fpdu.parameters.some((one) => 'pi' in one && one.pi === 2 && (one.value[0] ?? 0) > 0)
}
function compare(
  found: readonly Parameter[],
  layout: readonly Place[],
  isRefusal: boolean,
): string[] {
  const faults: string[] = []
  let last = -1
  for (const parameter of found) {
    const code = 'pgi' in parameter ? parameter.pgi : parameter.pi
    const place = layout.find((one) => one.code === code)
    if (code === last) faults.push(`PI ${code} twice`)
    else if (code < last) faults.push(`PI ${code} after PI ${last}`)
    last = code
    if (place === undefined) faults.push(`PI ${code} has no place here`)
    else if ('pgi' in parameter)
      faults.push(...compare(parameter.members, place.members, isRefusal))
    else faults.push(...valueFaults(parameter))
  }
  const codes = new Set(found.map((one) => ('pgi' in one ? one.pgi : one.pi)))
  for (const place of layout) {
    if (place.isOptional || codes.has(place.code) || (isRefusal && place.code !== 2)) continue
    faults.push(`PI ${place.code} is missing`)
  }
  return faults
}

function valueFaults({ pi, value }: SingleParameter): string[] {
  const rule = VALUES[pi]
  if (rule === undefined) return []
  const [type = ''] = rule
  const isExact = rule[1] === '='
  const limit = Number(rule.slice(isExact ? 2 : 1))
  const faults: string[] = []
  if (isExact ? value.length !== limit : value.length > limit)
    faults.push(`PI ${pi} of ${value.length} bytes`)
  if (type === 'N' && value.length > 1 && value[0] === 0) faults.push(`PI ${pi} has leading zeros`)
  if (type === 'D' && !/^\d{12}$/.test(value.toString('latin1')))
    faults.push(`PI ${pi} is no date: ${value.toString('latin1')}`)
  return faults
}

function places(layout: string): Place[] {
  return [...layout.matchAll(/(\d+)(\?)?(?:\{([^}]*)\})?/g)].map(
    ([, code, mark, members = '']) => ({
      code: Number(code),
      isOptional: mark === '?',
      members: places(members),
    }),
  )
}
