import { quoted, shown, type Fault } from './archive-fault.ts'

/** Reference chorus-pro-edi §4.3 [simulated]: no public rule exists for names inside an archive. */
const MAX_NAME_BYTES = 200
const ALPHABET = /^[A-Za-z0-9._-]+$/

/** The file name that reports show: without `./` and without its folder. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Extension in lower case with its dot, or an empty text. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot).toLowerCase()
}

/** What makes two names the same file for somebody: Unicode form and letter case (§9). */
export function nameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase()
}

/**
 * What is wrong with the name of an entry; undefined = nothing. One folder level passes, and a
 * leading `./` as `tar .` writes it. Nothing is ever written under such a name.
 */
export function entryNameFault(name: string, kind: 'file' | 'directory'): Fault | undefined {
  const path = name.startsWith('./') ? name.slice(2) : name
  if (kind === 'directory' && (path === '' || path === '.')) return undefined
  const reason = pathFault(path, kind) ?? (kind === 'file' ? fileNameFault(path) : undefined)
  if (reason === undefined) return undefined
  const base = path.slice(path.lastIndexOf('/') + 1)
  return {
    code: 'ERR_ARC_003',
    rule: base.startsWith('._') ? 'ARC-APPLEDOUBLE' : 'ARC-NAME',
    file: shown(name),
    detail: { en: `${quoted(name).en}: ${reason.en}.`, fr: `${quoted(name).fr} : ${reason.fr}.` },
    ...(base.startsWith('._')
      ? {
          remedy: {
            en: 'Pack on macOS with COPYFILE_DISABLE=1, which leaves its metadata files out.',
            fr: 'Archivez sous macOS avec COPYFILE_DISABLE=1, qui omet ses fichiers de métadonnées.',
          },
        }
      : {}),
  }
}

interface Reason {
  readonly en: string
  readonly fr: string
}

function pathFault(path: string, kind: 'file' | 'directory'): Reason | undefined {
  if (/\p{Cc}/u.test(path)) {
    return { en: 'it holds a control character', fr: 'il contient un caractère de contrôle' }
  }
  if (path.startsWith('/')) return { en: 'it is absolute', fr: 'il est absolu' }
  if (path.includes('\\')) {
    return { en: 'it holds a backslash', fr: 'il contient une barre oblique inverse' }
  }
  if (/^[A-Za-z]:/.test(path)) {
    return { en: 'it starts with a drive letter', fr: 'il commence par une lettre de lecteur' }
  }
  const segments = path.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return {
      en: 'it holds an empty, “.” or “..” step',
      fr: 'il contient une étape vide, « . » ou « .. »',
    }
  }
  if (segments.length > (kind === 'file' ? 2 : 1)) {
    return { en: 'it is more than one folder deep', fr: 'il est à plus d’un niveau de dossier' }
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_NAME_BYTES)) {
    return {
      en: `it is longer than ${MAX_NAME_BYTES} bytes`,
      fr: `il dépasse ${MAX_NAME_BYTES} octets`,
    }
  }
  return undefined
}

function fileNameFault(path: string): Reason | undefined {
  const base = path.slice(path.lastIndexOf('/') + 1)
  if (base.startsWith('._')) {
    return { en: 'it is a metadata file of macOS', fr: 'c’est un fichier de métadonnées de macOS' }
  }
  return ALPHABET.test(base)
    ? undefined
    : {
        en: 'only letters, digits, dot, dash and underscore are accepted',
        fr: 'seuls lettres, chiffres, point, tiret et souligné sont acceptés',
      }
}
