import { PLATFORM_CODE, recommendedName } from '../../config/flow-name.ts'
import type { InterfaceCode } from '../../config/interface-codes.ts'
import type { BilingualText, RefusalCode } from '../../gateway/flow.ts'

/** A name that is right, or wrong in one way. */
export interface NameVector {
  readonly file: string
  /** The refusal at the door; null = the name is taken. */
  readonly refusal: RefusalCode | null
  readonly what: BilingualText
}

interface NameParts {
  /** `FSO1110A` */
  readonly code: string
  /** 6 characters. */
  readonly application: string
  /** 19 characters: the digits of the code, then 15. */
  readonly sequence: string
}

/** Another code of the same shape. */
const otherApplication = (code: string): string =>
  code.slice(0, 5) + (code.endsWith('1') ? '2' : '1')

type Row = readonly [
  refusal: RefusalCode | null,
  name: (parts: NameParts) => string,
  en: string,
  fr: string,
]

const ROWS: readonly Row[] = [
  [
    null,
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}.tar.gz`,
    'as recommended',
    'comme recommandé',
  ],
  [
    null,
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}9999${sequence.slice(4)}.tar.gz`,
    'an identifier that does not begin with the digits of the code: allowed',
    'un identifiant qui ne commence pas par les chiffres du code : permis',
  ],
  [
    null,
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}ABCD${sequence.slice(4)}.tar.gz`,
    'capital letters in the identifier: allowed',
    'des capitales dans l’identifiant : permis',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}${sequence}.tar.gz`.toLowerCase(),
    'lower case',
    'en minuscules',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}${sequence.slice(1)}.tar.gz`,
    'an identifier of 24 characters',
    'un identifiant de 24 caractères',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}0.tar.gz`,
    'an identifier of 26 characters',
    'un identifiant de 26 caractères',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}${sequence.slice(0, 18)}x.tar.gz`,
    'a small letter in the identifier',
    'une minuscule dans l’identifiant',
  ],
  [
    'NAME_MALFORMED',
    ({ application, sequence }) => `${application}_${application}${sequence}.tar.gz`,
    'no interface code',
    'sans code interface',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code.slice(0, 7)}_${application}_${application}${sequence}.tar.gz`,
    'an interface code of 7 characters',
    'un code interface de 7 caractères',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `X${code.slice(1)}_${application}_${application}${sequence}.tar.gz`,
    'an interface code that begins neither with F nor with C',
    'un code interface qui ne commence ni par F ni par C',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code}_${application.slice(1)}_${application}${sequence}.tar.gz`,
    'an application code of 5 characters',
    'un code application de 5 caractères',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) => `${code}-${application}-${application}${sequence}.tar.gz`,
    'hyphens instead of underscores',
    'des traits d’union au lieu de soulignés',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence} .tar.gz`,
    'a space before the extension',
    'une espace devant l’extension',
  ],
  [
    'NAME_MALFORMED',
    ({ code, application, sequence }) =>
      `${code}_${application}_${application}${sequence}_1.tar.gz`,
    'a fourth part',
    'une quatrième partie',
  ],
  [
    'EXTENSION_UNKNOWN',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}`,
    'no extension',
    'sans extension',
  ],
  [
    'EXTENSION_UNKNOWN',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}.zip`,
    'the extension .zip',
    'l’extension .zip',
  ],
  [
    'EXTENSION_UNKNOWN',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}.tgz`,
    'the extension .tgz',
    'l’extension .tgz',
  ],
  [
    'EXTENSION_UNKNOWN',
    ({ code, application, sequence }) => `${code}_${application}_${application}${sequence}.TAR.GZ`,
    'the extension in capitals',
    'l’extension en capitales',
  ],
  [
    'DIRECTION_WRONG',
    ({ code, application, sequence }) =>
      `C${code.slice(1)}_${application}_${PLATFORM_CODE}${sequence}.tar.gz`,
    'the code of a report, which the gateway sends',
    'le code d’un compte rendu, que la passerelle émet',
  ],
  [
    'IDENTIFIER_OTHER',
    ({ code, application, sequence }) =>
      `${code}_${application}_${otherApplication(application)}${sequence}.tar.gz`,
    'an identifier of another application',
    'un identifiant d’une autre application',
  ],
  [
    'APPLICATION_CODE_OTHER',
    ({ code, application, sequence }) => {
      const other = otherApplication(application)
      return `${code}_${other}_${other}${sequence}.tar.gz`
    },
    'the application code of another connection',
    'le code application d’un autre raccordement',
  ],
]

/**
 * Names under which a partner might send flows of a code, and what the door says of each. Each has a
 * flow number of its own, from `sequence` on.
 */
export function nameVectors(
  { code, format }: Pick<InterfaceCode, 'code' | 'format'>,
  applicationCode: string,
  sequence: number,
): NameVector[] {
  const vectors = ROWS.map(([refusal, name, en, fr], at): NameVector => {
    const counter = String(sequence + at).padStart(15, '0')
    const parts = { code, application: applicationCode, sequence: code.slice(3, 7) + counter }
    return { file: name(parts), refusal, what: { en, fr } }
  })
  // A Factur-X is a PDF: it never goes bare.
  if (format === 'facturx') return vectors
  const bare = recommendedName(code, applicationCode, sequence + ROWS.length, 'xml')
  const what = { en: 'one bare .xml: allowed', fr: 'un seul .xml, sans archive : permis' }
  return [...vectors, { file: bare, refusal: null, what }]
}
