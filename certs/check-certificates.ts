import type { BilingualText } from '../gateway/flow.ts'
import { readBundle, type CertificateBundle } from './bundle.ts'
import type {
  CertificatePart,
  CertificateRequest,
  CertificateVerdict,
} from './certificate-checks.ts'
import { certificatesPem, nameOf, type Certificate } from './certificate.ts'
import { buildChain, type CertificateChain } from './chain.ts'
import { checkChain, checkRevocation, checkRoot, checkValidity } from './check-chain.ts'
import {
  checkKey,
  checkLevel,
  checkPurpose,
  checkSignature,
  checkUniqueness,
} from './check-fitness.ts'
import { findEndEntity } from './end-entity.ts'
import { checkLines, type Finding, type Say } from './finding-lines.ts'
import { IssueChecks } from './issue-checks.ts'
import { certificateParts, requirementOf } from './requirements.ts'

const PART_NAMES: Readonly<Record<CertificatePart, BilingualText>> = {
  client: { en: 'client', fr: 'client' },
  server: { en: 'server', fr: 'serveur' },
}

/** A name that a shell may be shown; others are replaced. */
const PLAIN_FILE_NAME = /^\w[\w.-]{0,99}$/
const NAMELESS: BilingualText = { en: 'FILE', fr: 'FICHIER' }

/**
 * "Certificate(s) checking": reads a partner's file and looks at it in every way, each line with
 * its reason and remedy. Never throws for what the file holds; a private key in it is neither
 * kept, logged nor repeated. Errors of `findUsers` rise.
 */
export async function checkCertificates(request: CertificateRequest): Promise<CertificateVerdict> {
  const findings: Finding[] = []
  const fileValues = fileNames(request.fileName)
  const say: Say = (code, values = {}) => {
    findings.push({ code, values: { ...fileValues, ...values } })
  }
  const reading = readBundle(request.bytes)
  if ('fault' in reading) {
    say(reading.fault)
    return verdict(findings)
  }
  const { bundle } = reading
  sayForm(bundle, say)
  const checks = new IssueChecks()
  const leaf = chooseLeaf(bundle, request, checks, say)
  if (leaf === undefined) return verdict(findings)
  const start = Math.max(request.now, request.startsAt ?? request.now)
  const moments = { now: request.now, start }
  const others = bundle.certificates.filter((one) => one !== leaf)
  const chain = buildChain({ leaf, others, anchors: request.anchors, at: start, checks })
  sayCount(bundle, chain, request, say)
  const unknownRoot =
    request.unknownRoot ?? (request.environment === 'production' ? 'refuse' : 'warn')
  const wanted = requirementOf(request.protocol, request.part)
  checkChain(chain, bundle.certificates, say)
  checkRoot(chain, unknownRoot, say)
  checkValidity(chain.path, moments, say)
  checkPurpose(leaf, wanted, say)
  checkKey(chain.path, wanted, request.environment, say)
  checkSignature(chain, say)
  checkLevel(chain, request.rgsPolicies ?? [], say)
  const users = (await request.findUsers?.(leaf.sha256, leaf.spkiSha256)) ?? []
  if (request.findUsers === undefined) say('UNIQUENESS_OFF')
  else checkUniqueness(users, request.protocol, say)
  if (request.revocationLists === undefined) say('REVOCATION_OFF')
  else checkRevocation(chain.path, request.revocationLists, moments, say)
  return { ...verdict(findings, chain), users: users.filter((user) => !user.isDraft) }
}

function sayForm(bundle: CertificateBundle, say: Say): void {
  const count = bundle.certificates.length + bundle.duplicates
  switch (bundle.form) {
    case 'pkcs7':
      say(bundle.isSignedMessage ? 'READ_SIGNED_MESSAGE' : 'READ', { count })
      break
    case 'pem':
      say('READ_PEM', { count })
      break
    case 'der':
      say('READ_DER')
      break
  }
}

function chooseLeaf(
  bundle: CertificateBundle,
  { environment }: CertificateRequest,
  checks: IssueChecks,
  say: Say,
): Certificate | undefined {
  const found = findEndEntity(bundle.certificates, checks)
  switch (found.type) {
    case 'one': {
      const { serialNumber: serial } = found.certificate
      say('END_ENTITY', { subject: nameOf(found.certificate), serial })
      return found.certificate
    }
    case 'several':
      say('SEVERAL', { subjects: namesOf(found.certificates) })
      return undefined
    case 'self-signed-authority': {
      const subject = nameOf(found.certificate)
      const isProduction = environment === 'production'
      say(isProduction ? 'SELF_SIGNED_AUTHORITY_REFUSED' : 'SELF_SIGNED_AUTHORITY', { subject })
      return found.certificate
    }
    case 'none':
      say('ONLY_AUTHORITIES', { subjects: namesOf(bundle.certificates) })
      return undefined
  }
}

function sayCount(
  bundle: CertificateBundle,
  chain: CertificateChain,
  request: CertificateRequest,
  say: Say,
): void {
  const { part } = requirementOf(request.protocol, request.part)
  const other = certificateParts(request.protocol).find((one) => one !== part)
  if (other === undefined) say('ONE', { part: PART_NAMES[part] })
  else say('ONE_OF_TWO', { part: PART_NAMES[part], other: PART_NAMES[other] })
  if (bundle.duplicates > 0) say('DUPLICATES', { count: bundle.duplicates })
  // Where a link is missing, one cannot tell what belongs behind it.
  const unrelated = chain.isComplete
    ? bundle.certificates.filter((one) => !chain.path.includes(one))
    : []
  if (unrelated.length > 0) say('UNRELATED', { subjects: namesOf(unrelated) })
}

function verdict(findings: readonly Finding[], chain?: CertificateChain): CertificateVerdict {
  const checks = checkLines(findings)
  const path = chain?.path ?? []
  const [certificate] = path
  return {
    checks,
    isUsable: certificate !== undefined && checks.every((line) => line.outcome !== 'fail'),
    ...(certificate === undefined ? {} : { certificate }),
    chain: path,
    chainPem: certificatesPem(path),
    users: [],
  }
}

function namesOf(certificates: readonly Certificate[]): string {
  return certificates.map(nameOf).join('; ')
}

/** The file in command lines, and the files it is turned into: never itself. */
function fileNames(fileName: string | undefined) {
  const isPlain = fileName !== undefined && PLAIN_FILE_NAME.test(fileName)
  const other = (extension: string): string | BilingualText => {
    if (!isPlain) return { en: `CHAIN.${extension}`, fr: `CHAINE.${extension}` }
    const dot = fileName.lastIndexOf('.')
    const stem = dot > 0 ? fileName.slice(0, dot) : fileName
    return `${stem}.${extension}` === fileName
      ? `${stem}-chain.${extension}`
      : `${stem}.${extension}`
  }
  return { file: isPlain ? fileName : NAMELESS, pem: other('pem'), p7b: other('p7b') }
}
