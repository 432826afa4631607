import type { AuthorityMember, IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import type { Clock } from './clock.ts'
import { addFirstKey, certificatesIn, requirePrivateKey } from './identity-keys.ts'
import type { IdentityFolder } from './identity-files.ts'
import type { Logger } from './logger.ts'

const ROOT_ROLE = 'test-root'
const INTERMEDIATE_ROLE = 'test-intermediate'

/** The test authority of a data folder: root and intermediate with their private keys. */
export interface TestAuthority {
  readonly root: AuthorityMember
  readonly intermediate: AuthorityMember
}

/** The newest root and intermediate; made together when there is none. */
export async function openTestAuthority(
  folder: IdentityFolder,
  options: { readonly clock: Clock; readonly log: Logger },
): Promise<TestAuthority> {
  const now = options.clock.now()
  const [rootFile] = await addFirstKey(folder, options, ROOT_ROLE, async () => {
    const { makeRoot } = await import('../certs/authority.ts')
    return writeMember(await makeRoot(now))
  })
  const root = readMember(rootFile)
  const [intermediateFile] = await addFirstKey(folder, options, INTERMEDIATE_ROLE, async () => {
    const { makeIntermediate } = await import('../certs/authority.ts')
    return writeMember(await makeIntermediate(root, now))
  })
  return { root, intermediate: readMember(intermediateFile) }
}

/** Has the test authority sign; what signing needs is loaded when the first is asked for. */
export async function issueBy(
  { root, intermediate }: TestAuthority,
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
