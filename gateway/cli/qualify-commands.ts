import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { BilingualText } from '../flow.ts'
import type { RunDocument, StepDocument } from '../qualification/qualification.ts'

/** Where a partner is, as far as this machine knows. */
export interface PartnerPlace {
  /** Of its keys; `FOLDER` where none is known here. */
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly depositFolder: string
  readonly retrievalFolder: string
}

/** The rule that an invoice with that fault breaks, where samples are made by rule. */
const RULES: Readonly<Record<string, string>> = { 'wrong-total': 'BR-CO-15', 'no-number': 'BR-02' }

/**
 * Lines to paste into a shell that do what a step asks of a partner who has nothing but what comes
 * with every system. Each flow lies in a folder of its name; none where a shell is of no use.
 */
export function stepCommands(
  step: StepDocument,
  run: RunDocument,
  place: PartnerPlace,
): readonly string[] {
  const { values, kind } = step
  const base = `qualify-${run.id.slice(4, 10)}-${run.id.slice(-4)}`
  const folderOf = (name: unknown): string => `${base}/${String(name)}`
  const put = (name: unknown, verb = 'put') => [putLine(folderOf(name), verb, run, place)]
  switch (kind) {
    case 'flow':
      return [...makeLines(step, run, folderOf(values['as'])), ...put(values['as'])]
    case 'meets-fault':
    case 'turned-away':
      return [...makeLines(step, run, folderOf(values['as'])), ...put(values['as'])]
    case 'flow-again':
      return put(values['flow'])
    case 'recovers':
      return put(values['as'], 'reput')
    case 'refused':
      return values['how'] === 'identifier-taken'
        ? [
            ...makeLines(step, run, folderOf('other')),
            `mv ${folderOf('other')}/FSO*.tar.gz ${folderOf('other')}/$(basename ${folderOf(values['flow'])}/FSO*.tar.gz)`,
            ...put('other'),
          ]
        : []
    case 'fetch-again':
      return run.protocol === 'sftp' ? [fetchAgainLine(run, place, base)] : []
    case 'report':
    case 'reports':
      return fetchLines(run, place, base)
    default:
      return []
  }
}

/** Makes the flow that a step wants; nothing where no sample is wrong in that way. */
function makeLines({ values }: StepDocument, run: RunDocument, folder: string): readonly string[] {
  const bad = Number(values['bad'] ?? 0)
  const rule = RULES[String(values['fault'])]
  const code = codeOf(run, String(values['mode'] ?? 'ANY'))
  if (code === undefined || (bad > 0 && rule === undefined)) return []
  const kibibytes = Number(values['kibibytes'] ?? 0)
  const words = [
    `raccord samples make ${code}`,
    `--invoices ${Math.max(1, Number(values['invoices'] ?? 1))}`,
    ...(bad === 0 ? [] : [`--bad ${bad} --rule ${rule}`]),
    ...(kibibytes === 0 ? [] : [`--pad ${kibibytes}`]),
    `--application ${run.applicationCode}`,
    `--out ${folder}`,
  ]
  return [words.join(' ')]
}

/** A code of UBL invoices that the connection has in that mode. */
function codeOf({ facts }: RunDocument, mode: string): string | undefined {
  return Object.entries(facts.codes).find(([code, has]) => {
    const row = findInterfaceCode(code)
    const isUbl = row?.direction === 'in' && row.format === 'ubl'
    return isUbl && (mode === 'ANY' ? has !== 'NONE' : has === mode)
  })?.[0]
}

function putLine(folder: string, verb: string, run: RunDocument, place: PartnerPlace): string {
  const files = `${folder}/FSO*.tar.gz`
  return run.protocol === 'sftp'
    ? `echo '${verb} ${files} ${place.depositFolder}/' | ${sftpLine(run, place)}`
    : `raccord send ${files} --partner ${place.folder}`
}

function fetchLines(run: RunDocument, place: PartnerPlace, base: string): readonly string[] {
  if (run.protocol === 'sftp') {
    const get = `get ${place.retrievalFolder}/CSO* ${base}/`
    return [`mkdir -p ${base}`, `echo '${get}' | ${sftpLine(run, place)}`]
  }
  return [`raccord listen --via ${run.protocol} --partner ${place.folder}`]
}

/** The name of what was fetched last. */
function fetchAgainLine(run: RunDocument, place: PartnerPlace, base: string): string {
  const name = `$(ls -t ${base} | grep CSO | head -n 1)`
  return `echo "get ${place.retrievalFolder}/${name} ${base}/again" | ${sftpLine(run, place)}`
}

const sftpLine = ({ applicationCode }: RunDocument, { folder, host, port }: PartnerPlace): string =>
  [
    'sftp -b -',
    `-P ${port}`,
    `-i ${folder}/client.key`,
    `-o UserKnownHostsFile=${folder}/known_hosts`,
    `${applicationCode}@${host}`,
  ].join(' ')

/** Said once before the first line of a run. */
export const COMMANDS_SAID: BilingualText = {
  en: '  The lines after $ do it with nothing but a shell, in this folder; your own system does it its way.',
  fr: '  Les lignes après $ le font d’un simple shell, dans ce dossier ; votre système le fait à sa façon.',
}
