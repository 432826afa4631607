import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import type { Gateway } from '../../../gateway/main.ts'
import { bytesOf, micOver, OpenSslClient } from '../as2-openssl-client.ts'
import type { HttpReply, MdnFields, PostOptions } from '../as2-openssl-client.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../openssl-certificates.ts'
import { As2Receiver } from './as2-receiver.ts'
import type { ExchangeGuest, ExchangePartner } from './exchange-way.ts'
import { listenerOf, registerGuest } from './register-guest.ts'

export interface As2ExchangePartner extends ExchangePartner {
  /** Receipts that were posted to it, as they came. */
  readonly receipts: readonly string[]
  /** Sends, and asks for the receipt to be posted. */
  tellLater(name: string, content: Uint8Array): Promise<string>
}

/** curl, and messages by OpenSSL; return flows are posted to a server made of OpenSSL. */
export const joinOverAs2 = async (
  gateway: Gateway,
  guest: ExchangeGuest,
): Promise<As2ExchangePartner> => {
  const { applicationCode, folder } = guest
  const peer = new OpenSslCertificates()
  const client = new OpenSslClient(peer)
  const own: OpenSslOrder = {
    key: `rsa3072 ${applicationCode}`,
    subject: `/C=FR/CN=${applicationCode}`,
    extensions: [
      'keyUsage=digitalSignature,keyEncipherment',
      'extendedKeyUsage=serverAuth,emailProtection',
    ],
  }
  const gatewayCertificate = join(folder, `${applicationCode}-gateway.pem`)
  const [ofGateway] = await gateway.identity.certificates('as2')
  await writeFile(gatewayCertificate, ofGateway?.certificatePem ?? '')
  const receiver = await As2Receiver.start({
    client,
    as2Id: applicationCode,
    own,
    gatewayCertificate,
  })
  await registerGuest(gateway, guest, {
    certificatePem: peer.read(peer.certificate(own)).toString(),
    protocol: 'as2',
    network: { as2: { url: receiver.url, as2Id: applicationCode } },
    overrides: { as2: { asyncMdn: 'honour' } },
  })
  const { host, port } = listenerOf(gateway, 'as2')
  const url = `http://${host}:${port}/as2`
  const post = async (
    name: string,
    content: Uint8Array,
    options: PostOptions = {},
  ): Promise<{ readonly reply: HttpReply; readonly mic: string }> => {
    const payload = client.payload(name, Buffer.from(content))
    const message = client.encrypt(client.sign(payload, { by: own }), { to: gatewayCertificate })
    const reply = await client.post({ url }, message, { from: applicationCode, ...options })
    return { reply, mic: micOver(bytesOf(payload)) }
  }
  const read = (reply: HttpReply): MdnFields => client.readMdn(reply, gatewayCertificate)
  return {
    applicationCode,
    receipts: receiver.receipts,
    async put(name, content) {
      const said = (await post(name, content)).reply.body.toString('latin1')
      if (!/^Disposition: .*; processed\r$/im.test(said)) throw new Error(said)
    },
    async tell(name, content) {
      const messageId = `<${randomUUID()}@${applicationCode}>`
      const { reply, mic } = await post(name, content, { messageId })
      const http = `exit ${reply.code}, HTTP ${reply.status}`
      if (reply.status !== 200 || reply.body.length === 0) return http
      try {
        const mdn = read(reply)
        return [
          http,
          mdn.isSigned ? 'signed' : 'not signed',
          mdn.disposition,
          `MIC ${mdn.mic === mic ? 'right' : 'wrong'}`,
          `id ${mdn.originalMessageId === messageId ? 'right' : 'wrong'}`,
        ].join(', ')
      } catch {
        return `${http}, bad signature`
      }
    },
    async tellLater(name, content) {
      const headers = [`Receipt-Delivery-Option: ${receiver.url}`]
      const { reply } = await post(name, content, { headers })
      return `exit ${reply.code}, HTTP ${reply.status}`
    },
    async take(start) {
      const at = receiver.delivered.findIndex(({ name }) => name.startsWith(start))
      return at < 0 ? undefined : receiver.delivered.splice(at, 1)[0]
    },
    async leave() {
      await receiver.stop()
      peer.remove()
    },
  }
}
