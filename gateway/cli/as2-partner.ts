import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCertificate, type Certificate } from '../../certs/certificate.ts'
import { readPemBlocks } from '../../certs/pem-blocks.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import type { ReadMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { PartnerEndpoint } from '../../protocols/as2/partner-endpoint.ts'
import type { As2Address } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { VERSION } from '../version.ts'
import type { As2ListenSettings } from './as2-options.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { ReceivedReturn } from './partner-transport.ts'

/** What AS2 calls this program. */
export const AS2_PRODUCT = `raccord:${VERSION}`

/** A partner's own key and what it knows of the gateway, out of its folder. */
export interface As2Partner {
  readonly address: As2Address
  readonly identity: DecryptionKey
  /** The gateway's, those that follow too. */
  readonly gateway: readonly Certificate[]
  /** PEM, for the gateway's own certificate over https. */
  readonly authorities: readonly string[]
}

/** @throws CommandFailure usage for a folder without the gateway's certificate; GatewayError */
export async function openAs2Partner(partner: PartnerFolder<As2Address>): Promise<As2Partner> {
  const { privateKey, certificatePem } = await partner.credentials('server')
  const [certificate] = certificatesIn(certificatePem)
  if (certificate === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      `${join(partner.folder, 'server.pem')} holds no certificate.`,
      'Make key and certificate with: raccord certs make --for as2',
    )
  }
  const pems = await partner.gatewayCertificates('as2')
  // Each comes with its chain, its own first.
  const gateway = pems.flatMap((pem) => certificatesIn(pem).slice(0, 1))
  if (gateway.length === 0) {
    throw new CommandFailure(
      EXIT.usage,
      `${partner.folder} has no AS2 certificate of the gateway.`,
      `Fetch it with: raccord connection kit ${partner.applicationCode} --partner ${partner.folder}`,
    )
  }
  return {
    address: partner.address,
    identity: { certificate, privateKey: createPrivateKey(privateKey) },
    gateway,
    authorities: await partner.gatewayCertificates('gateway-root'),
  }
}

function certificatesIn(pem: string): Certificate[] {
  return readPemBlocks(pem).blocks.flatMap(({ label, bytes }) =>
    label === 'CERTIFICATE' && bytes !== undefined ? [readCertificate(bytes)] : [],
  )
}

/** How the endpoint of a partner is run from the command line. */
export interface As2EndpointOrder {
  readonly partner: As2Partner
  readonly host?: string
  readonly port?: number
  readonly settings: As2ListenSettings
  readonly received: (file: ReceivedReturn & { readonly from: string }) => Promise<void>
  readonly receipt?: (mdn: ReadMdn) => void
  readonly tell: (line: string) => void
}

export interface As2Endpoint {
  readonly url: string
  stop(): Promise<void>
}

/** @throws CommandFailure usage for a folder that does not say where, or a port that is taken */
export async function startAs2Endpoint(order: As2EndpointOrder): Promise<As2Endpoint> {
  const { partner, settings } = order
  const { listener } = partner.address
  const [host, port] = [order.host ?? listener?.host, order.port ?? listener?.port]
  if (port === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'The partner folder does not say where the partner is called.',
      'Name a port with --port, or the URL in the form of the connection.',
    )
  }
  const temporary = await mkdtemp(join(tmpdir(), 'raccord-as2-'))
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true })
  try {
    const endpoint = await PartnerEndpoint.start({
      host: host ?? '127.0.0.1',
      port,
      identity: partner.identity,
      registered: partner.gateway,
      folder: temporary,
      signReceipts: settings.receipts,
      ...(settings.refuse === undefined ? {} : { refuseWith: settings.refuse }),
      product: AS2_PRODUCT,
      now: Date.now,
      async take({ name, path }, from) {
        await order.received({ fileName: name, content: await readFile(path), from })
        await rm(path, { force: true })
      },
      received: ({ fault, messageId, isRepeated, from }) => {
        if (fault !== undefined) {
          order.tell(
            `✗ ${messageId} from ${from} was refused: ${fault.modifier} (${fault.message})`,
          )
        } else if (isRepeated) {
          order.tell(`↺ ${messageId} from ${from} came again: the same receipt`)
        }
      },
      ...(order.receipt === undefined ? {} : { receipt: order.receipt }),
      failed: (error) => order.tell(`✗ ${error instanceof Error ? error.message : String(error)}`),
    })
    return {
      url: endpoint.url,
      async stop() {
        await endpoint.stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new CommandFailure(
      EXIT.usage,
      `${host ?? '127.0.0.1'}:${port} cannot be listened on: ${error.message}.`,
      'Stop what listens there, or name another port with --port.',
    )
  }
}
