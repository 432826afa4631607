import type { ReadMdn } from '../protocols/as2/mdn/read-mdn.ts'
import type { PartnerConnection } from '../protocols/listener.ts'
import { openHttpsCertificate } from './start-as2-https.ts'
import { as2Keys } from './as2-keys.ts'
import { as2Policy } from './connections/as2-overrides.ts'
import { as2Address } from './own-addresses.ts'
import type { ListenerStart } from './start-listeners.ts'
import { VERSION } from './version.ts'

/** As receipts and messages name this program (4130bis, AS2-Product). */
export const AS2_PRODUCT = `raccord:${VERSION}`

/**
 * Part of the composition root: the listeners of AS2, http first: it is the one that forms and kits
 * name.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for an address
 */
export async function startAs2(start: ListenerStart): Promise<void> {
  const { config, services, identity, queueReceipt, started } = start
  const [{ startAs2Listener }, { Reception }, { AwaitedReceipts }, { CryptoThreads }] =
    await Promise.all([
      import('../protocols/as2/listener.ts'),
      import('../protocols/as2/reception.ts'),
      import('../protocols/as2/awaited-receipts.ts'),
      import('../protocols/as2/cms/crypto-threads.ts'),
    ])
  const settings = config.as2
  const awaited = new AwaitedReceipts(services.memory, () => services.clock.now())
  const keys = as2Keys(identity)
  const threads = new CryptoThreads(settings.threads)
  const parts = {
    services,
    settings,
    keys,
    queueReceipt,
    takeReceipt: ({ id }: PartnerConnection, mdn: ReadMdn & { readonly kept?: Buffer }) =>
      awaited.take(id, mdn),
    defaultPolicy: as2Policy(),
    product: AS2_PRODUCT,
    threads,
    log: services.log.child({ protocol: 'as2' }),
  }
  const shared = { ...parts, reception: new Reception(parts), host: as2Address(config) }
  const plain = await startAs2Listener({ ...shared, port: settings.port })
  // Made now when there is none yet: the first message does not wait for it.
  const made = keys().catch((error: unknown) => parts.log.error({ err: error }, 'no AS2 key'))
  started({
    ...plain,
    stop: async (graceMilliseconds) => {
      await made
      await plain.stop(graceMilliseconds)
      // Stopped last, as it was started first: nothing is being decrypted any more.
      await threads.close()
    },
  })
  if (settings.https) {
    const certificate = await openHttpsCertificate(settings, identity, parts.log)
    const secured = { ...shared, port: settings.httpsPort, secureContext: certificate.context }
    const listener = await startAs2Listener(secured)
    started({
      ...listener,
      stop: async (graceMilliseconds) => {
        certificate.close()
        await listener.stop(graceMilliseconds)
      },
    })
  }
  if (settings.legacy) {
    started(await startAs2Listener({ ...shared, port: settings.legacyPort, isLenient: true }))
  }
}
