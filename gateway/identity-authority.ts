import type { AuthorityMember, IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import type { Clock } from './clock.ts'
import { addFirstKey, certificatesIn, requirePrivateKey } from './identity-keys.ts'
import type { IdentityFolder } from './identity-files.ts'
import type { Logger } from './logger.ts'

/** An authority of a data folder: root and intermediate with their private keys. */
export interface Authority {
  readonly root: AuthorityMember
  readonly intermediate: AuthorityMember
}

interface AuthorityOptions {
  readonly clock: Clock
  readonly log: Logger
}

/** Signs what partners ask for: whoever is signed in may ask, so it proves nothing of the gateway. */
export const openTestAuthority = (
  folder: IdentityFolder,
  options: AuthorityOptions,
): Promise<Authority> => openAuthority(folder, options, 'test')

/** Signs the gateway's own certificates, and nothing else: what it signed is the gateway. */
export const openOwnAuthority = (
  folder: IdentityFolder,
  options: AuthorityOptions,
): Promise<Authority> => openAuthority(folder, options, 'gateway')

/** Certificates (PEM) of what the own authority signs with; none before it is made. */
export async function ownIntermediates(folder: IdentityFolder): Promise<readonly string[]> {
  const files = await folder.read('gateway-intermediate')
  return files.map((file) => readMember(file).certificatePem)
}

/** The newest root and intermediate; made together when there is none. */
async function openAuthority(
  folder: IdentityFolder,
  options: AuthorityOptions,
  kind: 'test' | 'gateway',
): Promise<Authority> {
  const now = options.clock.now()
  const [rootFile] = await addFirstKey(folder, options, `${kind}-root`, async () => {
    const { makeRoot } = await import('../certs/authority.ts')
    return writeMember(await makeRoot(now, `Raccord ${kind} root`))
  })
  const root = readMember(rootFile)
  const [intermediateFile] = await addFirstKey(
    folder,
    options,
    `${kind}-intermediate`,
    async () => {
      const { makeIntermediate } = await import('../certs/authority.ts')
      return writeMember(await makeIntermediate(root, now, `Raccord ${kind} intermediate`))
    },
  )
  return { root, intermediate: readMember(intermediateFile) }
}

/** Has an authority sign; what signing needs is loaded when the first is asked for. */
export async function issueBy(
  { root, intermediate }: Authority,
  order: LeafOrder,
): Promise<IssuedCertificate> {
  const { issueLeaf } = await import('../certs/authority.ts')
  return issueLeaf(root, intermediate, order)
}

/** Key and certificate of an authority, one behind the other in one file. */
const writeMember = (member: AuthorityMember): string => member.keyPem + member.certificatePem

function readMember(file: { readonly path: string; readonly text: string }): AuthorityMember {
  const { keyPem } = requirePrivateKey(file)
  const [certificatePem] = certificatesIn(file)
  return { keyPem, certificatePem }
}
