import { readCertificatesOf } from '../bundle.ts'
import { CERTIFICATE_FINDINGS } from '../certificate-findings.ts'
import { readCertificate, type Certificate } from '../certificate.ts'
import { parseDer } from '../der.ts'
import { readPemBlocks } from '../pem-blocks.ts'
import { FileSet, type FileFault } from './file-set.ts'
import { readRevocationList, type RevocationList } from './revocation-list.ts'
import type { TrustAnchor } from './trust-anchor.ts'

/** Where trust comes from: settings `certs.*`, and the gateway's identity. */
export interface TrustOptions {
  /** Folder or file; empty: none. */
  readonly trustFolder: string
  /** Folder or file; empty: revocation is not looked at. */
  readonly revocationLists: string
  /** PEM of the gateway's test root. */
  readonly testRootPem?: string
}

/** What `checkCertificates` asks for, as the files have it now. */
export interface Trust {
  readonly anchors: readonly TrustAnchor[]
  readonly revocationLists?: readonly RevocationList[]
  /** Files that could not be used: for the log, once each. */
  readonly faults: readonly FileFault[]
}

/** The published lists of Europe have about 5,000 authorities. */
const MAX_AUTHORITIES = 20_000

/** The authorities and revocation lists of an operator; files that changed are read again. */
export class TrustSources {
  readonly #folder: FileSet<TrustAnchor> | undefined
  readonly #lists: FileSet<RevocationList> | undefined
  readonly #test: readonly TrustAnchor[]

  constructor(options: TrustOptions) {
    const { trustFolder, revocationLists, testRootPem } = options
    this.#folder = trustFolder === '' ? undefined : new FileSet(trustFolder, readAnchors)
    this.#lists = revocationLists === '' ? undefined : new FileSet(revocationLists, readLists)
    this.#test = testRootPem === undefined ? [] : [{ ...testAnchor(testRootPem) }]
  }

  async current(): Promise<Trust> {
    const [folder, lists] = await Promise.all([this.#folder?.current(), this.#lists?.current()])
    return {
      anchors: [...this.#test, ...(folder?.values ?? [])],
      ...(lists === undefined ? {} : { revocationLists: lists.values }),
      faults: [...(folder?.faults ?? []), ...(lists?.faults ?? [])],
    }
  }
}

/** The gateway's own test root. @throws when the text holds no certificate */
export function testAnchor(rootPem: string): TrustAnchor {
  const [block] = readPemBlocks(rootPem).blocks
  return { certificate: readCertificate(block?.bytes ?? Buffer.alloc(0)), origin: 'test' }
}

/** Authorities, and self-signed certificates that an operator chose to trust. */
function readAnchors(bytes: Buffer): readonly TrustAnchor[] {
  const reading = readCertificatesOf(bytes, MAX_AUTHORITIES)
  if ('fault' in reading) throw new TypeError(CERTIFICATE_FINDINGS[reading.fault].reason.en)
  const isRoot = (one: Certificate) => one.isAuthority || one.subjectKey === one.issuerKey
  const authorities = reading.bundle.certificates.filter(isRoot)
  if (authorities.length === 0) throw new TypeError('No certificate of an authority.')
  return authorities.map((certificate) => ({ certificate, origin: 'folder' }))
}

function readLists(bytes: Buffer): readonly RevocationList[] {
  // Only the first bytes tell: a list in DER may be large, and is not turned to text.
  if (bytes[0] === 0x30) return [readRevocationList(outermost(bytes))]
  const { blocks } = readPemBlocks(bytes.toString('latin1'))
  const lists = blocks.filter((block) => block.label === 'X509 CRL')
  if (lists.length === 0) throw new TypeError('No revocation list (DER, or PEM "X509 CRL").')
  return lists.map((block) => readRevocationList(block.bytes ?? Buffer.alloc(0)))
}

/** Without the line ends that a transfer may have added. */
function outermost(bytes: Buffer): Buffer {
  return parseDer(bytes, { maxDepth: 1, maxElements: 1, rules: 'der' }, 'line-ends').raw
}
