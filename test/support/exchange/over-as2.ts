import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { OpenSslClient } from '../as2-openssl-client.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../openssl-certificates.ts'
import { As2Receiver } from './as2-receiver.ts'
import type { ExchangeWay } from './exchange-way.ts'
import { listenerOf, registerGuest } from './register-guest.ts'

/** curl, and messages by OpenSSL; return flows are posted to a server made of OpenSSL. */
export const joinOverAs2: ExchangeWay['join'] = async (gateway, guest) => {
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
  })
  const { host, port } = listenerOf(gateway, 'as2')
  const url = `http://${host}:${port}/as2`
  return {
    applicationCode,
    async put(name, content) {
      const signed = client.sign(client.payload(name, Buffer.from(content)), { by: own })
      const message = client.encrypt(signed, { to: gatewayCertificate })
      const reply = await client.post({ url }, message, { from: applicationCode })
      const said = reply.body.toString('latin1')
      if (!/^Disposition: .*; processed\r$/im.test(said)) throw new Error(said)
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
