import { join } from 'node:path'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { makeSigningRequest } from '../../certs/signing-request.ts'
import { configSchema } from '../../config/schema.ts'
import { IdentityFolder } from '../../gateway/identity-files.ts'
import { identityFolder } from '../../gateway/identity-folder.ts'
import { startGateway } from '../../gateway/main.ts'
import { registerAs2Partner, type As2TestPartner } from '../../test/support/as2-partner.ts'
import { startGatewayProcess, type GatewayProcess } from '../gateway-server.ts'
import { scratchFolder } from '../scratch.ts'

export const PARTNER_CODE = 'BET002'
const LISTENERS_ONLY: Readonly<Record<string, string>> = {
  RACCORD_SFTP__ENABLED: 'false',
  RACCORD_AS2__HTTPS: 'false',
  RACCORD_AS2__MAX_PER_ADDRESS: '1000',
  RACCORD_AS2__MAX_PER_CONNECTION: '64',
  RACCORD_AS2__MAX_NEW_PER_ADDRESS_PER_SECOND: '100000',
}

/** A data folder with one partner of AS2; listening processes on it, one after the other. */
export interface As2Rig {
  readonly partner: As2TestPartner
  /** For files of the bench, removed with it. */
  readonly folder: string
  /** The partner's messages are opened with it: PEM. */
  gatewayKey(): Promise<string>
  start(): Promise<As2Process>
  /** Stops what still runs on it. */
  remove(): Promise<void>
}

export interface As2Process {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** @param keyBits of the gateway's RSA key */
export async function openAs2Rig(keyBits: 2_048 | 3_072): Promise<As2Rig> {
  const scratch = scratchFolder()
  const data = join(scratch.path, 'data')
  const identity = new IdentityFolder(identityFolder({ data, identity: { folder: '' } }))
  if (keyBits === 2_048) await addShortKey(data, identity)
  const partner = await registerAs2Partner(data, PARTNER_CODE)
  const started = new Set<GatewayProcess>()
  return {
    partner,
    folder: scratch.path,
    gatewayKey: async () => (await identity.read('as2'))[0]!.text,
    async start() {
      const settings = LISTENERS_ONLY
      const gateway = await startGatewayProcess({ dataFolder: data, roles: 'listeners', settings })
      started.add(gateway)
      const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'as2')
      if (listener === undefined) throw new Error('The gateway does not listen for AS2')
      return { pid: gateway.pid, port: listener.port, stop: () => gateway.stop() }
    },
    async remove() {
      await Promise.all([...started].map((gateway) => gateway.stop()))
      scratch.remove()
    },
  }
}

/** The gateway makes itself a longer key than some partners have seen: this one is there before. */
async function addShortKey(data: string, identity: IdentityFolder): Promise<void> {
  const gateway = await startGateway(
    configSchema.parse({
      data,
      sftp: { enabled: false },
      as2: { enabled: false },
      api: { port: 0 },
      log: { level: 'silent' },
    }),
  )
  try {
    const { privateKey } = await makeKeyPair({ type: 'rsa', bits: 2_048 })
    const requestPem = makeSigningRequest('Raccord AS2', privateKey)
    const issued = await gateway.identity.signRequest({ requestPem, purpose: 'as2', days: 30 })
    if (issued === undefined) throw new Error('The test authority refused our request')
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const text = [keyPem, issued.certificatePem, ...issued.chainPem].join('')
    await identity.addFirst('as2', Date.now(), text)
  } finally {
    await gateway.stop()
  }
}
