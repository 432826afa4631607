import { createPrivateKey } from 'node:crypto'
import { readCertificate, type Certificate } from '../certs/certificate.ts'
import { readPemBlocks } from '../certs/pem-blocks.ts'
import type { DecryptionKey } from '../protocols/as2/cms/content-key.ts'
import type { Identity, PublishedCertificate } from './identity.ts'

/** The gateway's AS2 keys as messages are opened and signed with them. */
export interface As2Keys {
  /** Signs; its certificate is what partners encrypt for. */
  readonly inUse: DecryptionKey & { readonly chain: readonly Certificate[] }
  /** Every one that is not expired: any of them decrypts. The one in use comes first. */
  readonly all: readonly DecryptionKey[]
}

/**
 * The keys of the gateway's identity, asked for at each message: made when there are none yet, and
 * read anew only when they changed.
 */
export function as2Keys(identity: Pick<Identity, 'certificates'>): () => Promise<As2Keys> {
  let seen = ''
  let keys: As2Keys | undefined
  return async () => {
    const certificates = await identity.certificates('as2')
    const mark = certificates.map((one) => `${one.sha256} ${one.state}`).join('\n')
    if (keys === undefined || mark !== seen) {
      keys = readKeys(certificates)
      seen = mark
    }
    return keys
  }
}

function readKeys(certificates: readonly PublishedCertificate[]): As2Keys {
  const inOrder = [
    ...certificates.filter((one) => one.state === 'in-use'),
    ...certificates.filter((one) => one.state !== 'in-use'),
  ]
  const all = inOrder.map(({ certificatePem, keyPem }) => ({
    certificate: readPem(certificatePem),
    privateKey: createPrivateKey(keyPem),
  }))
  // `Identity.certificates` makes a key when there is none in use.
  const chain = inOrder[0]!.chainPem.slice(0, -1).map(readPem)
  return { inUse: { ...all[0]!, chain }, all }
}

function readPem(pem: string): Certificate {
  return readCertificate(readPemBlocks(pem).blocks[0]!.bytes!)
}
