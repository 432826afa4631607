import { diagnosticOf, piBytes, piNumber, piText } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { group, number, octets, text } from './parameters.ts'
import type { Parameter, ParameterGroup } from './parameters.ts'

/** What the sender of a file says of it: CREATE, or ACK(SELECT) (reference §6). */
export interface FileAttributes {
  /** PI 12: virtual file or flow. */
  readonly fileName: string
  /** PI 11; 0 when absent. */
  readonly fileType?: number
  /** PI 3 and 4 inside PGI 9. */
  readonly requester?: string
  readonly server?: string
  /** PI 13; 1 when absent. */
  readonly transferId?: number
  /** PI 16: 0 ASCII, 1 EBCDIC, 2 binary; 2 when not given. */
  readonly dataCode?: 0 | 1 | 2 | 'absent'
  /** PI 17; 1 = normal when absent. */
  readonly priority?: 0 | 1 | 2
  /** PI 25; 65 535 when absent. */
  readonly maxEntityBytes?: number
  /** PI 31; variable when absent. */
  readonly format?: 'fixed' | 'variable'
  /** PI 32; 4 096 when absent. */
  readonly articleBytes?: number
  /** PI 37. */
  readonly label?: string
  /** PI 42 in KiB; what the content needs when absent. */
  readonly reservationKib?: number
  /** PI 51, `YYMMDDhhmmss`; now when absent. */
  readonly created?: string
  /** PI 61 and 62. */
  readonly originalSender?: string
  readonly finalReceiver?: string
  /** PI 99. */
  readonly text?: string
  /** Cut into articles of {@link articleBytes}; nothing when absent. */
  readonly content?: Buffer
  /** The articles themselves, instead of {@link content}. */
  readonly articles?: readonly Buffer[]
}

export const DEFAULT_ARTICLE_BYTES = 4096
export const DEFAULT_MAX_ENTITY_BYTES = 65_535
const NORMAL_PRIORITY = 1
const BINARY = 2
const VARIABLE = 0x80

/** PGI 9 as sent in CREATE, SELECT, ACK(SELECT) and MSG. */
export function fileIdentifier(
  names: Pick<FileAttributes, 'fileName' | 'fileType' | 'requester' | 'server'>,
): ParameterGroup {
  return group(
    9,
    names.requester === undefined ? undefined : text(3, names.requester),
    names.server === undefined ? undefined : text(4, names.server),
    number(11, names.fileType ?? 0),
    text(12, names.fileName),
  )
}

/** PI 16, unless it is to be left out. */
function dataCodeOf({ dataCode = BINARY }: FileAttributes): Parameter | undefined {
  return dataCode === 'absent' ? undefined : octets(16, dataCode)
}

/** PGI 30, 40 and 50. */
function attributeGroups(file: FileAttributes): ParameterGroup[] {
  const bytes =
    file.content?.length ?? (file.articles ?? []).reduce((sum, one) => sum + one.length, 0)
  return [
    group(
      30,
      octets(31, file.format === 'fixed' ? 0 : VARIABLE),
      number(32, file.articleBytes ?? DEFAULT_ARTICLE_BYTES),
      file.label === undefined ? undefined : text(37, file.label),
    ),
    group(40, octets(41, 0), number(42, file.reservationKib ?? Math.ceil(bytes / 1024))),
    group(50, text(51, file.created ?? wireDate(new Date()))),
  ]
}

export function createParameters(
  file: FileAttributes,
  isRestart: boolean,
): (Parameter | undefined)[] {
  return [
    fileIdentifier(file),
    number(13, file.transferId ?? 1),
    isRestart ? octets(15, 1) : undefined,
    dataCodeOf(file),
    octets(17, file.priority ?? NORMAL_PRIORITY),
    number(25, file.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES),
    ...attributeGroups(file),
    ...routing(file),
  ]
}

/** ACK(SELECT) after PI 2; a restart gets the PI 13 it asked for. */
export function selectionParameters(
  file: FileAttributes,
  request: Fpdu,
  entityBytes: number,
): (Parameter | undefined)[] {
  const asked = statedAttributes(request)
  return [
    fileIdentifier(file),
    number(13, asked.isRestart ? asked.transferId : (file.transferId ?? 1)),
    dataCodeOf(file),
    number(25, entityBytes),
    ...attributeGroups(file),
    ...routing(file),
  ]
}

/** PI 61, 62 and 99. */
export function routing(
  file: Pick<FileAttributes, 'originalSender' | 'finalReceiver' | 'text'>,
): (Parameter | undefined)[] {
  return [
    file.originalSender === undefined ? undefined : text(61, file.originalSender),
    file.finalReceiver === undefined ? undefined : text(62, file.finalReceiver),
    file.text === undefined ? undefined : text(99, file.text),
  ]
}

/** A CREATE, SELECT, ACK(SELECT) or MSG in words; what it does not say is undefined. */
export interface StatedAttributes {
  readonly fileName: string
  readonly fileType: number | undefined
  readonly requester: string | undefined
  readonly server: string | undefined
  readonly transferId: number
  readonly isRestart: boolean
  readonly dataCode: number | undefined
  readonly maxEntityBytes: number
  readonly isVariable: boolean
  readonly articleBytes: number
  readonly label: string | undefined
  readonly reservationKib: number | undefined
  readonly created: string | undefined
  readonly originalSender: string | undefined
  readonly finalReceiver: string | undefined
  readonly text: string | undefined
  readonly diagnostic: string | undefined
}

export function statedAttributes(fpdu: Fpdu): StatedAttributes {
  return {
    fileName: piText(fpdu, 12) ?? '',
    fileType: piNumber(fpdu, 11),
    requester: piText(fpdu, 3),
    server: piText(fpdu, 4),
    transferId: piNumber(fpdu, 13) ?? 0,
    isRestart: piNumber(fpdu, 15) === 1,
    dataCode: piNumber(fpdu, 16),
    maxEntityBytes: piNumber(fpdu, 25) ?? DEFAULT_MAX_ENTITY_BYTES,
    isVariable: piBytes(fpdu, 31)?.[0] === VARIABLE,
    articleBytes: piNumber(fpdu, 32) ?? DEFAULT_MAX_ENTITY_BYTES,
    label: piText(fpdu, 37),
    reservationKib: piNumber(fpdu, 42),
    created: piText(fpdu, 51),
    originalSender: piText(fpdu, 61),
    finalReceiver: piText(fpdu, 62),
    text: piText(fpdu, 99),
    diagnostic: diagnosticOf(fpdu),
  }
}

/** Type D: local time, two digits of year. */
function wireDate(date: Date): string {
  return [
    date.getFullYear() % 100,
    date.getMonth() + 1,
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ]
    .map((part) => String(part).padStart(2, '0'))
    .join('')
}
