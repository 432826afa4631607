import { OpenSslCertificates, type OpenSslOrder } from '../openssl-certificates.ts'
import type { Gateway } from '../../../gateway/main.ts'
import type { InitiatorOptions, SendOrder } from '../pesit-peer/initiator-orders.ts'
import { PesitPeerError } from '../pesit-peer/peer-error.ts'
import { PesitInitiator } from '../pesit-peer/pesit-initiator.ts'
import { PesitResponder } from '../pesit-peer/pesit-responder.ts'
import type { ReceivedFile } from '../pesit-peer/responder-options.ts'
import type { ExchangeGuest, ExchangePartner, TakenFlow } from './exchange-way.ts'
import { listenerOf, registerGuest } from './register-guest.ts'

const SYNC = { intervalKib: 32, window: 2 }
/** PI 4 that names the gateway. */
const GATEWAY = 'CPP001'

export interface PesitExchangePartner extends ExchangePartner {
  /** One dialogue with the gateway, released at its end. @throws PesitPeerError */
  call<Answer>(
    work: (initiator: PesitInitiator) => Promise<Answer>,
    more?: Partial<InitiatorOptions>,
  ): Promise<Answer>
  /** How a dialogue ended: `received`, or kind, diagnostic and words of the failure. */
  told(work: () => Promise<unknown>): Promise<string>
  orderOf(name: string, content: Uint8Array): SendOrder
}

/**
 * The independent peer, over mutual TLS: it writes its flows, and the gateway calls it to write the
 * return flows (`send`), or it reads them (`fetch`).
 */
export const joinOverPesit =
  (returns: 'send' | 'fetch') =>
  async (gateway: Gateway, guest: ExchangeGuest): Promise<PesitExchangePartner> => {
    const { applicationCode } = guest
    const peer = new OpenSslCertificates()
    const own: OpenSslOrder = {
      key: `rsa3072 ${applicationCode}`,
      subject: `/C=FR/CN=${applicationCode}`,
      extensions: [
        'keyUsage=digitalSignature,keyEncipherment',
        'extendedKeyUsage=serverAuth,clientAuth',
        'subjectAltName=IP:127.0.0.1',
      ],
    }
    const cert = peer.read(peer.certificate(own))
    const identity = { key: peer.read(peer.key(own.key)), cert }
    const pemOf = async (kind: 'pesit-server' | 'pesit-client'): Promise<string> => {
      const { certificatePem, chainPem } = await gateway.identity.certificate(kind)
      return [certificatePem, ...chainPem, gateway.identity.testRootPem].join('\n')
    }
    const [server, client] = await Promise.all([pemOf('pesit-server'), pemOf('pesit-client')])
    const responder = await PesitResponder.listen({
      sync: SYNC,
      resync: true,
      tls: { ...identity, ca: client, requestCert: true, rejectUnauthorized: true },
    })
    await registerGuest(gateway, guest, {
      certificatePem: cert.toString(),
      protocol: 'pesit',
      network: {
        pesit: {
          host: '127.0.0.1',
          port: responder.port,
          requesterId: applicationCode,
          serverId: applicationCode,
        },
      },
      overrides: { pesit: { returns } },
    })
    const { host, port } = listenerOf(gateway, 'pesit')
    const called = async <Answer>(
      work: (initiator: PesitInitiator) => Promise<Answer>,
      more: Partial<InitiatorOptions> = {},
    ): Promise<Answer> => {
      const initiator = await PesitInitiator.connect({
        host,
        port,
        tls: { ...identity, ca: server, checkServerIdentity: () => undefined },
        requester: applicationCode,
        server: GATEWAY,
        sync: SYNC,
        ...more,
      })
      try {
        const answer = await work(initiator)
        await initiator.release()
        refuseViolations(initiator.link.violations)
        return answer
      } catch (error) {
        throw withViolations(error, initiator.link.violations)
      } finally {
        initiator.link.cut()
      }
    }
    const told = async (work: () => Promise<unknown>): Promise<string> => {
      try {
        await work()
        return 'received'
      } catch (error) {
        if (!(error instanceof PesitPeerError)) throw error
        return `${error.kind} ${error.diagnostic ?? ''} ${error.message}`
      }
    }
    const orderOf = (name: string, content: Uint8Array): SendOrder => ({
      fileName: name.slice(0, 8),
      label: name,
      content: Buffer.from(content),
    })
    const taken = new Set<ReceivedFile>()
    return {
      applicationCode,
      async put(name, content) {
        await called((initiator) => initiator.sendFile(orderOf(name, content)))
      },
      tell: (name, content) =>
        told(() => called((initiator) => initiator.sendFile(orderOf(name, content)))),
      told,
      call: called,
      orderOf,
      async take(start) {
        if (returns === 'fetch') return called((initiator) => read(initiator, start))
        const file = responder.received.find(
          (one) => !taken.has(one) && one.attributes.label?.startsWith(start) === true,
        )
        if (file !== undefined) taken.add(file)
        return file && { name: file.attributes.label ?? '', content: file.content }
      },
      async leave() {
        await responder.stop()
        peer.remove()
        refuseViolations(responder.violations)
      },
    }
  }

/** The next file whose name begins so; undefined when the gateway says that there is none. */
async function read(initiator: PesitInitiator, start: string): Promise<TakenFlow | undefined> {
  try {
    const { attributes, content } = await initiator.fetchFile({ fileName: `${start}*` })
    if (attributes.label?.startsWith(start) !== true) throw new Error(`given ${attributes.label}`)
    return { name: attributes.label, content }
  } catch (error) {
    if (error instanceof PesitPeerError && error.kind === 'refused') return undefined
    throw error
  }
}

/** The failure of a dialogue says what the gateway did against the reference. */
function withViolations(error: unknown, violations: readonly string[]): unknown {
  if (!(error instanceof PesitPeerError) || violations.length === 0) return error
  const message = [error.message, ...violations].join('; ')
  return new PesitPeerError(error.kind, message, { diagnostic: error.diagnostic })
}

function refuseViolations(violations: readonly string[]): void {
  if (violations.length > 0) throw new Error(violations.join('\n'))
}
